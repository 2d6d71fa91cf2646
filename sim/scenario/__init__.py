"""A scenario: its parts, and how a file becomes one."""
