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

locals {
  directory = "${path.module}/out"
}

# A name that stays the same until the number of words changes.
resource "random_pet" "name" {
  length = var.words
}

# Keeps a value in the state, and is replaced when the release moves.
resource "terraform_data" "release" {
  input            = "${var.project} ${var.release}"
  triggers_replace = [var.release]
}

module "greeting" {
  source = "./greeting"

  name     = var.project
  language = var.language
}

resource "local_file" "greeting" {
  filename        = "${local.directory}/greeting.txt"
  file_permission = "0644"

  content = <<-TEXT
    ${module.greeting.text}
    This is ${terraform_data.release.output}.
  TEXT
}

# Refers to nothing of the greeting, and yet has to come after it.
resource "local_file" "done" {
  filename        = "${local.directory}/done.txt"
  file_permission = "0644"
  content         = "The greeting is there.\n"

  depends_on = [local_file.greeting]
}
