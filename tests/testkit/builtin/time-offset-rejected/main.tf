resource "time_offset" "a" {
  base_rfc3339 = "2020-02-12T06:36:13Z"
}
