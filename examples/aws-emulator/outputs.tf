output "region" {
  value = data.aws_region.current.name
}

output "vpc_id" {
  value = module.network.vpc_id
}

output "subnet_ids" {
  value = {
    private = module.network.private_subnet_ids
    public  = module.network.public_subnet_ids
  }
}

output "firewall_ids" {
  value = { for name, group in aws_security_group.this : name => group.id }
}

output "server" {
  value = {
    id      = aws_instance.server.id
    address = aws_instance.server.private_ip
  }
}
