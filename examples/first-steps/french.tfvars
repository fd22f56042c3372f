# For -var-file: other words, and another release.

language = "fr"
release  = "1.1"
