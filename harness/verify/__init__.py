"""Re-checks a finished change from git and its record alone. Start reading at table.py."""
