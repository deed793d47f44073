"""python -m tests.gates.public [--only GATE]… [--package NAME]…: each gate on public packages."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module

from harness.errors import HarnessError
from harness.gates.table import GATES
from tests.gates.corpus.bed import judge
from tests.gates.public.ground import ground
from tests.gates.public.package import Package
from tests.gates.public.table import WRONG, Row, few, table, word

NAMES = """
itsdangerous cachetools parse httpbin prism jsonserver procrastinate graphile commander postgraphile dashboard zod
"""
PACKAGES: tuple[Package, ...] = tuple(import_module(f"tests.gates.public.{name}").PACKAGE for name in NAMES.split())


def main(arguments: Sequence[str]) -> int:
    """0: all as it should be, 1: something is wrong, 2: a mistake in what was given."""
    parser = argparse.ArgumentParser(prog="python -m tests.gates.public", description="Each gate on public packages.")
    gates = [gate.name for gate in GATES]
    parser.add_argument("--only", action="append", choices=gates, metavar="GATE", help="a gate; may be given again")
    names = [package.name for package in PACKAGES]
    parser.add_argument("--package", action="append", choices=names, metavar="NAME", help="may be given again")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    rows = [
        row
        for package in PACKAGES
        if not asked.package or package.name in asked.package
        for row in tried(package, asked.only or gates)
    ]
    print("\n".join(["", *table(rows, gates)]))
    lacking = few(rows, asked.only or gates) if not asked.package else []
    print("\n".join([*lacking, f"{len(rows)} deliveries in {time.monotonic() - began:.0f} s"]))
    return 1 if lacking or not rows or any(row.word in WRONG for row in rows) else 0


def tried(package: Package, gates: Sequence[str]) -> Iterator[Row]:
    """Each delivery of the package for these gates, as judged; one row where it could not be laid at all."""
    try:
        with ground(package) as (base, published):
            for delivery in package.deliveries(published):
                if delivery.gate in gates:
                    began = time.monotonic()
                    judged = judge(delivery, base)
                    said = word(delivery.honest, judged.result.result, judged.fault)
                    row = Row(delivery.gate, package.label, delivery.name, said, judged.fault, time.monotonic() - began)
                    print(
                        f"{row.gate:<14}{row.package:<28}{row.name[:25]:<26}{row.word:<15}{row.seconds:>6.1f}",
                        flush=True,
                    )
                    yield row
    except (HarnessError, LookupError, OSError, subprocess.SubprocessError) as error:
        yield Row("-", package.label, "set-up", "could not run", str(error), 0.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
