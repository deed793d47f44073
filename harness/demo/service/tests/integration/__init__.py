"""The running service, over HTTP."""
