"""The way out of the sandbox: to package registries alone, through a proxy that checks and counts."""
