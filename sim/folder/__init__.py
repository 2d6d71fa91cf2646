"""A results folder: written whole, read, and reproduced."""
