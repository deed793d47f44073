"""OpenSpec's documents."""
