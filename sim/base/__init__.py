"""What every room stands on: errors, units, YAML with places, whole files, statistics.

Standard library and PyYAML only.
"""
