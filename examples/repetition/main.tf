terraform {
  required_version = ">= 1.5"

  required_providers {
    local = {
      source = "hashicorp/local"
    }
    random = {
      source = "hashicorp/random"
    }
  }
}

variable "workers" {
  description = "How many workers there are."
  type        = number
  default     = 3
}

variable "services" {
  description = "Services by name."
  type = map(object({
    port    = number
    public  = optional(bool, false)
    aliases = optional(set(string), [])
  }))
  default = {
    api = {
      port    = 8080
      public  = true
      aliases = ["api.example.com", "www.example.com"]
    }
    jobs = {
      port = 9000
    }
  }
}

# One object for each number: worker[0], worker[1], ...
resource "random_id" "worker" {
  count = var.workers

  byte_length = 4
  prefix      = "worker-${count.index}-"
}

# One object for each key: a service that goes takes only its own file with it.
resource "local_file" "service" {
  for_each = var.services

  filename        = "${path.module}/out/${each.key}.conf"
  file_permission = "0644"

  content = join("\n", concat(
    [
      "name ${each.key}",
      "port ${each.value.port}%{if each.value.public} public%{endif}",
    ],
    [for alias in each.value.aliases : "alias ${alias}"],
    [for worker in random_id.worker : "worker ${worker.hex}"],
    [""],
  ))
}

# Only for services that are public; replaced whenever what the file says changes.
resource "terraform_data" "public" {
  for_each = { for name, service in var.services : name => service if service.public }

  input = {
    file = local_file.service[each.key].filename
    port = each.value.port
  }

  lifecycle {
    replace_triggered_by = [local_file.service[each.key].content_sha256]
  }
}

# Reads each file back. The name is known before the file is there; depends_on has it read after.
data "local_file" "service" {
  for_each = var.services

  filename   = local_file.service[each.key].filename
  depends_on = [local_file.service]
}

output "lines" {
  description = "How many lines each configuration has."
  value       = { for name, file in data.local_file.service : name => length(split("\n", trimspace(file.content))) }
}

output "public_ports" {
  description = "Ports that are open to everybody."
  value       = sort([for service in terraform_data.public : tostring(service.output.port)])
}

output "workers" {
  description = "Names of the workers."
  value       = random_id.worker[*].dec
}
