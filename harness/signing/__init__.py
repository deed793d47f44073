"""Signatures of decisions, by ssh-keygen."""
