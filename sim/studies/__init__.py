"""Questions asked with runs."""
