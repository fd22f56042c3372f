variable "name" {
  description = "What everything here is named after."
  type        = string
  default     = "workshop"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,20}$", var.name))
    error_message = "The name must be 3 to 21 lower-case letters, digits and dashes, and start with a letter."
  }
}

variable "stage" {
  description = "Part of every tag: a change of it is a change in place."
  type        = string
  default     = "test"
}

variable "cidr_block" {
  description = "Addresses of the network."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zones" {
  description = "How many availability zones to use."
  type        = number
  default     = 2

  validation {
    condition     = var.zones >= 1 && var.zones <= 3
    error_message = "Use 1, 2 or 3 availability zones."
  }
}

variable "firewalls" {
  description = "Security groups by name, with the ports that they open."
  type = map(object({
    description = string
    ports       = optional(map(number), {})
    sources     = optional(list(string), ["0.0.0.0/0"])
  }))
  default = {
    web = {
      description = "Web servers"
      ports       = { http = 80, https = 443 }
    }
    database = {
      description = "Databases"
      ports       = { postgres = 5432 }
      sources     = ["10.20.0.0/16"]
    }
    closed = {
      description = "Nothing comes in"
    }
  }
}

variable "buckets" {
  description = "Buckets by name, and whether they keep old versions."
  type        = map(object({ versioned = bool }))
  default = {
    assets = { versioned = false }
    backup = { versioned = true }
  }
}

variable "table_key" {
  description = "Name of the table's hash key: a change of it replaces the table."
  type        = string
  default     = "id"
}
