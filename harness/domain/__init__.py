"""The nouns. Frozen values and pure functions over them; no I/O."""
