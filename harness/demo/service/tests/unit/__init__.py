"""The service's parts by themselves."""
