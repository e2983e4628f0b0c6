"""A table becomes the X and y of an estimator."""
