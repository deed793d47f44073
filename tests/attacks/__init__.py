"""Attacks on the harness, each with a control that shows that it works where nothing holds it. `make attacks`."""
