"""Floor 0, what all others may use: errors, texts in two languages, files, documents that are checked."""
