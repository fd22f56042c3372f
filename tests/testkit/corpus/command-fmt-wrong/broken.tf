resource "a" {
  x = [1, 
