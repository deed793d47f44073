"""Fails on a skipped test that the committed list does not name. Usage: skips.py REPORT.xml LIST"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(report: Path, listed: Path) -> int:
    """0 if every skipped test is listed."""
    allowed = {line.strip() for line in listed.read_text().splitlines() if line.strip() and not line.startswith("#")}
    cases = ElementTree.parse(report).getroot().iter("testcase")
    skipped = [f"{c.get('classname')}::{c.get('name')}" for c in cases if c.find("skipped") is not None]
    unknown = [name for name in skipped if name not in allowed]
    for name in unknown:
        print(f"skipped, and not on the list: {name}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
