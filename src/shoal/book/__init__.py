"""Floor 1, what is computed: the course's equations in the book's letters, as plain functions of arrays.

Nothing here trains, reads a file or knows scikit-learn. Read `notation`, then `equations`, then `network`.
"""
