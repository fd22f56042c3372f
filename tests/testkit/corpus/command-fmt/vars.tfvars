x=1
yyy   =   "two"
