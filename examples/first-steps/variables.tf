variable "project" {
  description = "What is greeted."
  type        = string
  default     = "workshop"
}

variable "release" {
  description = "A change of it replaces the release."
  type        = string
  default     = "1.0"
}

variable "language" {
  description = "Language of the greeting."
  type        = string
  default     = "en"

  validation {
    condition     = contains(["en", "de", "fr"], var.language)
    error_message = "The language must be en, de or fr."
  }
}

variable "words" {
  description = "How many words the pet's name has."
  type        = number
  default     = 2
}
