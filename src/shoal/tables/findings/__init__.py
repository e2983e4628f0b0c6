"""What is wrong with columns: constant, duplicate, an identifier, a leak of the target."""
