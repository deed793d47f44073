"""Deliveries, honest and not, that show what each gate catches, what it misses and when it cries wolf."""
