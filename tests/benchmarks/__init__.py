"""What the harness costs the machine and the account. Scripts, not tests: figures are printed beside their targets."""
