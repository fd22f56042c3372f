output "here" {
  value = [path.module, path.root, basename(path.cwd)]
}
