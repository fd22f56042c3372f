data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*"]
  }
}

resource "aws_cloudwatch_log_group" "server" {
  name              = "/${var.name}/server"
  retention_in_days = 14
}

resource "aws_instance" "server" {
  ami                    = data.aws_ami.linux.id
  instance_type          = "t3.micro"
  subnet_id              = module.network.public_subnet_ids[0]
  vpc_security_group_ids = [aws_security_group.this["web"].id]
  iam_instance_profile   = aws_iam_instance_profile.server.name

  user_data = <<-SCRIPT
    #!/bin/sh
    echo "${var.name}" > /etc/motd
  SCRIPT

  tags = {
    Role = "server"
  }

  depends_on = [aws_cloudwatch_log_group.server]
}
