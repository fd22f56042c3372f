terraform {
  required_providers {
    time = {
      source = "hashicorp/time"
    }
  }
}

output "all" {
  value = [
    provider::time::rfc3339_parse("2023-07-25T23:43:16Z"),
    provider::time::rfc3339_parse("2024-02-29T01:02:03.5+05:30"),
    provider::time::duration_parse("1h30m1.5s"),
    provider::time::duration_parse("-2ns"),
    provider::time::unix_timestamp_parse(1690328596),
    provider::time::unix_timestamp_parse(-1),
  ]
}
