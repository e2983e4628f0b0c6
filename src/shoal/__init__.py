"""Shallow neural networks that you can see through, many of them trained in one run."""

__version__ = "0.1.0"
