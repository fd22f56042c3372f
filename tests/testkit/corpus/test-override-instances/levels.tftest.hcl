override_module {
  target  = module.m["b"]
  outputs = { many = ["file"] }
}

override_resource {
  target = module.m["a"].terraform_data.many[1]
  values = { output = "file" }
}

run "run_names_all" {
  state_key = "run_names_all"

  override_module {
    target  = module.m
    outputs = { many = ["run"] }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["run"], "b": ["file"]}, {"a": null, "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "run_names_resource" {
  state_key = "run_names_resource"

  override_resource {
    target = module.m["a"].terraform_data.many
    values = { output = "run" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["run", "file"], "b": ["file"]}, {"a": ["an0", "an1"], "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "run_says_nothing" {
  state_key = "run_says_nothing"


  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "file"], "b": ["file"]}, {"a": ["an0", "an1"], "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}
