"""A virtual engineering team on a git repository, governed by code."""

__version__ = "0.1.0"
