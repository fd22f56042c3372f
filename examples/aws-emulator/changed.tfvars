# Applied after the defaults, this asks for
#   a change in place: every tag,
#   a replacement: the table, destroyed first and created again, because its key changes,
#   a replacement that creates before it destroys: the security group "database", whose description
#   changes; the parameter that names the group moves to the new one before the old one goes.

stage     = "production"
table_key = "order"

firewalls = {
  web = {
    description = "Web servers"
    ports       = { https = 443 }
  }
  database = {
    description = "Databases and their metrics"
    ports       = { postgres = 5432, metrics = 9187 }
    sources     = ["10.20.0.0/16"]
  }
  closed = {
    description = "Nothing comes in"
  }
}
