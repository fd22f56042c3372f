directory = "of tests"
