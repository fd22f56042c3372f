# 33 resources.

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, 3)

  subnets = merge([
    for index, zone in local.zones : {
      "public-${zone}"  = { zone = zone, number = index, is_public = true }
      "private-${zone}" = { zone = zone, number = index + 8, is_public = false }
    }
  ]...)

  firewalls = {
    web     = { https = 443, http = 80 }
    service = { api = 8080, metrics = 9090 }
    data    = { postgres = 5432, redis = 6379 }
    tools   = { ssh = 22, proxy = 3128 }
  }

  openings = merge([
    for firewall, ports in local.firewalls : {
      for name, port in ports : "${firewall}-${name}" => { firewall = firewall, port = port }
    }
  ]...)
}

resource "aws_vpc" "this" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.value.zone
  cidr_block              = cidrsubnet(aws_vpc.this.cidr_block, 8, each.value.number)
  map_public_ip_on_launch = each.value.is_public
}

resource "aws_route_table" "this" {
  for_each = toset(["public", "private"])

  vpc_id = aws_vpc.this.id

  tags = {
    Side = each.key
  }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.this["public"].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "this" {
  for_each = local.subnets

  subnet_id      = aws_subnet.this[each.key].id
  route_table_id = aws_route_table.this[each.value.is_public ? "public" : "private"].id
}

resource "aws_security_group" "this" {
  for_each = local.firewalls

  name        = "${local.name}-${each.key}"
  description = "Lets in ${join(", ", keys(each.value))}"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.openings

  security_group_id = aws_security_group.this[each.value.firewall].id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.firewall == "web" ? "0.0.0.0/0" : aws_vpc.this.cidr_block
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = aws_security_group.this

  security_group_id = each.value.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
