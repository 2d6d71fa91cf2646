"""The figures of the articles, and whether they agree with one another."""
