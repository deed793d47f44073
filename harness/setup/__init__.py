"""The project's own set-up: run once for each state of its lock files, and kept."""
