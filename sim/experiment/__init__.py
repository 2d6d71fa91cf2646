"""Replications as arrays: a run, a comparison, and how many replications are enough."""
