"""`python -m harness` and the command `harness`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit code says how it ended."""
    from harness.cli.main import cli

    sys.exit(cli())


if __name__ == "__main__":
    main()
