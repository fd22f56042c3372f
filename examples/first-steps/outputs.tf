output "greeting" {
  description = "What the greeting says."
  value       = module.greeting.text
}

output "release" {
  description = "What is greeted, and which release of it."
  value       = terraform_data.release.output
}

output "pet" {
  description = "A name for what is greeted."
  value       = random_pet.name.id
}
