resource "time_static" "a" {
  rfc3339 = "2020-02-30T06:36:13Z"
}
