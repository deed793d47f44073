"""The packaged sample repository and its recorded run."""
