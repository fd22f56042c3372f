locals {
 a=1
  bb   = [1,2,
3]
# comment
   ccc = {
 x = 1
longer= 2 }
}
