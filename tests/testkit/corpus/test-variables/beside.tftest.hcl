variables {
  extra = "extra"
}

run "outside" {
  variables {
    weakest = "run"
  }

  assert {
    condition     = output.all == "run tfvars default 1"
    error_message = output.all
  }
}

run "references" {
  variables {
    weakest = "${var.extra}-${upper(var.file)}"
    number  = run.outside.all == "" ? 1 : 2
  }

  assert {
    condition     = output.all == "extra-TFVARS tfvars default 2" && var.extra == "extra"
    error_message = output.all
  }
}
