"""Each gate on public packages that nobody wrote for it: `python -m tests.gates.public`."""
