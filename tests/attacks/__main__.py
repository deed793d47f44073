"""`python -m tests.attacks`: every attack without protection and at levels 2 and 3, as root and as an ordinary user."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.sandbox.identity import unused
from tests.attacks.attack import Attack
from tests.attacks.cannot import Cannot, read
from tests.attacks.suite import ATTACKS, GROUPS

LEVELS = (0, 2, 3)
KINDS = ("root", "user")
SECONDS = 600
"""For one harness under attack: a bound for machines that do much else; an idle one needs a fraction of it."""
_NAMES = {"root": "root", "user": "ordinary user"}
_COLUMNS = {0: "without", 2: "level 2", 3: "level 3"}
Cells = dict[tuple[str, str, int], tuple[str, str]]
"""(attack, kind of user, level) -> (result, what was seen)"""


class Stand:
    """One harness under attack, in a process of its own."""

    def __init__(self, kind: str, level: int, place: Path, uid: int) -> None:
        self.kind, self.level = kind, level
        self._place, self._uid = place, uid
        self._lost: list[str] = []

    def run(self, only: list[str], cells: Cells) -> str:
        """Fill in the cells of this column; why it broke off, or ''."""
        into = self._place / f"{self.kind}-{self.level}"
        cache = self._place / f"cache-{self.kind}" / "harness"
        for path in (into, cache):
            path.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "tests.attacks.stand", str(self.level), str(into), str(cache), *only]
        if self.kind == "user" and os.getuid() == 0:
            for path in (into, cache.parent, cache):
                os.chown(path, self._uid, self._uid)
            argv = [sys.executable, "-m", "tests.attacks.user", str(self._uid), str(self._place / "copies"), *argv]
        said = self._place / f"{self.kind}-{self.level}.err"
        with open(said, "wb") as errors:
            process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL)
            began = time.monotonic()
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            assert process.stdout is not None
            begun, over = self._follow(process.stdout, cells)
            process.wait()
            timer.cancel()
        for name in [] if over else begun:
            # whatever ends or stops the harness has broken it
            cells[name, self.kind, self.level] = (
                "SUCCEEDED",
                f"the harness ended, or did not go on ({process.returncode})",
            )
        if over:
            return "; ".join(self._lost)
        late = f"it took more than {SECONDS} s; " if time.monotonic() - began >= SECONDS else ""
        return late + (said.read_text(errors="replace")[-1500:] or f"it ended with {process.returncode}")

    def _follow(self, lines: Any, cells: Cells) -> tuple[set[str], bool]:
        """(attacks that began and were not judged though they should have been at once, whether it came to its end)."""
        begun, over = list[str](), False
        at_once = {attack.id for attack in ATTACKS if attack.when == "at once"}
        for line in lines:
            row = json.loads(line)
            if "begin" in row:
                begun.append(row["begin"])
            elif "lost" in row:
                self._lost.append(f"before {row['moment']}, {row['lost']}")
            elif "id" in row:
                cells[row["id"], self.kind, self.level] = (row["result"], row["why"])
            over = over or "over" in row
        return {name for name in begun[-1:] if name in at_once and (name, self.kind, self.level) not in cells}, over


def columns(only: list[str], kinds: tuple[str, ...], levels: tuple[int, ...]) -> tuple[Cells, list[str]]:
    """Every cell, and what broke off. The two kinds of user are attacked side by side."""
    cells: Cells = {}
    broken: list[str] = []
    uid = unused() if os.getuid() == 0 else os.getuid()
    with tempfile.TemporaryDirectory(prefix="harness-attacks-", ignore_cleanup_errors=True) as made:
        place = Path(made)
        place.chmod(0o755)

        def side(kind: str) -> None:
            for level in levels:
                why = Stand(kind, level, place, uid).run(only, cells)
                if why:
                    broken.append(f"{_NAMES[kind]}, {_COLUMNS[level]}: {why}")

        threads = [threading.Thread(target=side, args=(kind,)) for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # what attacks leave behind can be too deep for the library's own function
        subprocess.run(["rm", "-rf", made], check=False, stderr=subprocess.DEVNULL)
        if uid != os.getuid():
            # nobody comes back to what was kept for a user that was made up
            left = [str(path) for path in Path("/var/tmp").glob(f"harness-{uid}*") if path.stat().st_uid == uid]
            subprocess.run(["rm", "-rf", *left], check=False, stderr=subprocess.DEVNULL)
        place.mkdir(exist_ok=True)
    return cells, broken


def table(attacks: list[Attack], cells: Cells, kinds: tuple[str, ...]) -> Iterator[str]:
    """The lines that are printed."""
    width = max(len(attack.title) for attack in attacks) + 6
    yield " " * width + "".join(f"{_NAMES[kind]:<45}" for kind in kinds).rstrip()
    yield f"{'attack':<{width}}" + "".join(f"{_COLUMNS[level]:<15}" for kind in kinds for level in LEVELS).rstrip()
    for group, members in GROUPS.items():
        shown = [attack for attack in members if attack in attacks]
        if shown:
            yield f"\n{group}"
        for attack in shown:
            row = [cells.get((attack.id, kind, level), ("-", ""))[0] for kind in kinds for level in LEVELS]
            yield f"{attack.id}  {attack.title:<{width - 5}}" + "".join(f"{result:<15}" for result in row).rstrip()


def verdict(
    attacks: list[Attack], cells: Cells, kinds: tuple[str, ...], listed: Cannot, levels: tuple[int, ...]
) -> list[str]:
    """What is wrong, one a line, the same reason once; empty if everything held."""
    wrong: dict[tuple[str, str], list[str]] = {}
    for attack in attacks:
        for kind in kinds:
            for level in levels:
                result, why = cells.get((attack.id, kind, level), ("could not run", "nothing was told of it"))
                good = ("works",) if level == 0 else ("held", "open")
                if result in good or (result == "could not run" and listed.names(attack.id, kind, level)):
                    continue
                seen = (f"{_NAMES[kind]}, {_COLUMNS[level]}: {result}", " ".join(why.split())[:400])
                wrong.setdefault(seen, []).append(attack.id)
    return [f"{where}: {' '.join(names)}: {why}" for (where, why), names in wrong.items()]


def summary(attacks: list[Attack], cells: Cells, kinds: tuple[str, ...], levels: tuple[int, ...]) -> Iterator[str]:
    """How many of each, and what is open by its nature."""
    for kind in kinds:
        for level in levels:
            results = [cells.get((attack.id, kind, level), ("could not run", ""))[0] for attack in attacks]
            counts = ", ".join(f"{results.count(name)} {name}" for name in dict.fromkeys(results))
            yield f"{_NAMES[kind]}, {_COLUMNS[level]}: {counts}"
    for attack in attacks:
        if any(cells.get((attack.id, kind, 2), ("",))[0] == "open" for kind in kinds):
            why = attack.beyond or f"the kernel's Landlock is older than ABI {attack.abi}"
            yield f"open at level 2 by its nature: {attack.id} {attack.title}: {why}"


def main() -> int:
    """0 if every attack works without protection and is held with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="ids of attacks; all by default")
    parser.add_argument("--kind", choices=KINDS, help="one kind of user; by default all that can be")
    parser.add_argument("--level", type=int, choices=LEVELS, action="append", help="one column; all by default")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what was seen in every cell")
    given = parser.parse_args()
    began = time.monotonic()
    attacks = [attack for attack in ATTACKS if not given.only or attack.id in given.only]
    able = KINDS if os.getuid() == 0 else ("user",)
    kinds = (given.kind,) if given.kind in able else able
    levels = tuple(given.level or LEVELS)
    cells, broken = columns(given.only, kinds, levels)
    for line in table(attacks, cells, kinds):
        print(line)
    print()
    if given.verbose:
        for (name, kind, level), (result, why) in sorted(cells.items()):
            print(f"{name} {kind} {level} {result}: {' '.join(why.split())}")
    for line in summary(attacks, cells, kinds, levels):
        print(line)
    if "root" not in able:
        print("root: not run here, as the suite was started by an ordinary user")
    wrong = verdict(attacks, cells, kinds, read(), levels)
    for line in [*broken, *wrong]:
        print(f"WRONG: {line}")
    held = "all held" if not wrong and not broken else f"{len(wrong) + len(broken)} wrong"
    print(f"{len(attacks)} attacks, {held}, in {time.monotonic() - began:.0f} s")
    return 1 if wrong or broken else 0


if __name__ == "__main__":
    sys.exit(main())
