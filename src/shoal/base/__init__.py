"""Floor 0, what everybody may use: errors, texts in two languages, files that are replaced whole."""
