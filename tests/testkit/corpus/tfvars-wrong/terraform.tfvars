a = 2
undeclared = 1
