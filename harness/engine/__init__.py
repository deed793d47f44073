"""Drives a run. Start reading at drive.py."""
