locals {
  zones = slice(data.aws_availability_zones.available.names, 0, var.zones)

  tags = {
    Name  = var.name
    Stage = var.stage
  }
}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  state = "available"
}

module "network" {
  source = "./modules/network"

  name       = var.name
  cidr_block = var.cidr_block
  zones      = local.zones
}

resource "aws_security_group" "this" {
  for_each = var.firewalls

  name_prefix = "${var.name}-${each.key}-"
  description = each.value.description
  vpc_id      = module.network.vpc_id

  dynamic "ingress" {
    for_each = each.value.ports
    iterator = port

    content {
      description = port.key
      from_port   = port.value
      to_port     = port.value
      protocol    = "tcp"
      cidr_blocks = each.value.sources
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}
