run "whole_and_one" {
  state_key = "whole_and_one"

  override_module {
    target  = module.m
    outputs = { many = ["x"] }
  }

  override_module {
    target  = module.m["b"]
    outputs = { many = ["y"] }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["x"], "b": ["y"]}, {"a": null, "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "one_and_whole" {
  state_key = "one_and_whole"

  override_module {
    target  = module.m["b"]
    outputs = { many = ["y"] }
  }

  override_module {
    target  = module.m
    outputs = { many = ["x"] }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["x"], "b": ["y"]}, {"a": null, "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "all_inside_of_one" {
  state_key = "all_inside_of_one"

  override_module {
    target  = module.m["b"].module.n
    outputs = { address = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["y", "y"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "inside_of_none" {
  state_key = "inside_of_none"

  override_module {
    target  = module.m.module.n[0]
    outputs = { address = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["bn0", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "inside_of_all" {
  state_key = "inside_of_all"

  override_module {
    target  = module.m.module.n
    outputs = { address = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["bn0", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "inside_of_one" {
  state_key = "inside_of_one"

  override_module {
    target  = module.m["b"].module.n[0]
    outputs = { address = "y" }
  }

  override_module {
    target  = module.m.module.n
    outputs = { address = "z" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["y", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "inside_of_replaced" {
  state_key = "inside_of_replaced"

  override_module {
    target  = module.m["b"]
    outputs = { many = ["y"] }
  }

  override_module {
    target  = module.m["b"].module.n[0]
    outputs = { address = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["y"]}, {"a": ["an0", "an1"], "b": null}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "deep_without_key" {
  state_key = "deep_without_key"

  override_resource {
    target = module.m["b"].module.n.terraform_data.it
    values = { output = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["bn0", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "deep_with_key" {
  state_key = "deep_with_key"

  override_resource {
    target = module.m["b"].module.n[1].terraform_data.it
    values = { output = "y" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["b0", "b1"]}, {"a": ["an0", "an1"], "b": ["bn0", "y"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "many" {
  state_key = "many"

  override_resource {
    target = module.m.terraform_data.many
    values = { output = "y" }
  }

  override_resource {
    target = module.m["b"].terraform_data.many
    values = { output = "z" }
  }

  override_resource {
    target = module.m["b"].terraform_data.many[1]
    values = { output = "q" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["a0", "a1"], "b": ["z", "q"]}, {"a": ["an0", "an1"], "b": ["bn0", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}

run "in_replaced" {
  state_key = "in_replaced"

  override_module {
    target  = module.m["a"]
    outputs = { many = ["x"] }
  }

  override_resource {
    target = module.m["a"].terraform_data.many
    values = { output = "z" }
  }

  assert {
    condition     = jsonencode([output.many, output.inner]) == jsonencode([{"a": ["x"], "b": ["b0", "b1"]}, {"a": null, "b": ["bn0", "bn1"]}])
    error_message = jsonencode([output.many, output.inner])
  }
}
