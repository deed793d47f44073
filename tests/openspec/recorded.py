"""Recorded answers of OpenSpec's own tool (1.13.2), and how they are compared with ours.

A family is one JSON file of cases: the files they start from, the commands, and what the tool answered and left behind.
`python -m tests.openspec.recorded record FOLDER FAMILY …` writes them from folders with `case.json`, `tree/` and the
tool's answers.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness.cli.openspec.dispatch import run

HERE = Path(__file__).parent / "cases"
LEFT_OUT = ("p8-names", "p11-new", "p6-text")
"""Cases whose answers depend on the moment in which their files were written."""
MOVING = {"durationMs": 0, "lastModified": "$T"}
"""Fields that differ from run to run."""


@dataclass(frozen=True)
class Case:
    """One recorded case."""

    name: str
    data: dict[str, Any]

    def lay(self, root: Path) -> None:
        """The files that the case starts from."""
        root.mkdir()
        for path, content in self.data["files"].items():
            place = root / path.replace("$TODAY", date.today().isoformat())
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                place.write_text(content, encoding="utf-8", newline="")
            elif "link" in content:
                place.symlink_to(content["link"])
            else:
                place.write_bytes(bytes.fromhex(content["hex"]))


def cases() -> Iterator[Case]:
    """Every recorded case."""
    for path in sorted(HERE.glob("*.json")):
        yield from (Case(name, data) for name, data in json.loads(path.read_text(encoding="utf-8")).items())


def answer(args: list[str], cwd: Path, root: Path) -> dict[str, Any]:
    """What our command line answers, as it is recorded."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    stdin = sys.stdin
    os.chdir(cwd)
    sys.stdin = io.StringIO("")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([word.replace("$TODAY", date.today().isoformat()) for word in args])
    finally:
        os.chdir(before)
        sys.stdin = stdin
    text = steady(out.getvalue(), root)
    try:
        return {"rc": code, "json": still(json.loads(text))}
    except ValueError:
        return {"rc": code, "text": text}


def steady(text: str, root: Path) -> str:
    """Output without what depends on place and time."""
    text = text.replace(str(root), "$ROOT").replace(date.today().isoformat(), "$TODAY")
    return re.sub(r"T\d\d:\d\d:\d\d\.\d{3}Z", "T$TIME", text)


def still(value: Any) -> Any:
    """JSON without the fields that move."""
    if isinstance(value, dict):
        return {key: MOVING.get(key, still(each)) for key, each in value.items()}
    return [still(each) for each in value] if isinstance(value, list) else value


def tree(root: Path) -> dict[str, Any]:
    """What is there now: path -> text, {"hex": …}, {"link": …}, or None for an empty folder."""
    out: dict[str, Any] = {}
    today = date.today().isoformat()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix().replace(today, "$TODAY")
        if path.is_symlink():
            out[name] = {"link": os.readlink(path)}
        elif path.is_dir():
            if not any(path.iterdir()):
                out[name + "/"] = None
        else:
            content = path.read_bytes()
            try:
                out[name] = content.decode("utf-8").replace(today, "$TODAY")
            except UnicodeDecodeError:
                out[name] = {"hex": content.hex()}
    return out


def _record(folder: Path, families: list[str]) -> None:
    """Write the families' files from folders of cases and the tool's answers to them."""
    HERE.mkdir(exist_ok=True)
    for family in families:
        found: dict[str, Any] = {}
        for place in sorted((folder / "cases").glob(f"{family}-*")):
            case = json.loads((place / "case.json").read_text())
            told = json.loads((folder / "expected" / f"{place.name}.json").read_text())
            steps = []
            for step in told["steps"]:
                answer_ = {"json": still(step["json"])} if "json" in step else {"text": _retimed(step["stdout"])}
                args = [word.replace(date.today().isoformat(), "$TODAY") for word in step["argv"]]
                steps.append({"args": args, "rc": step["rc"], **answer_})
            files = {} if not (place / "tree").exists() else tree(place / "tree")
            after = {name: _plain(entry) for name, entry in told["tree"].items()}
            left = {name: entry for name, entry in after.items() if files.get(name, ...) != entry}
            gone = sorted(name for name in files if name not in after and not name.endswith("/"))
            kept = {name: entry for name, entry in files.items() if entry is not None}
            if place.name in LEFT_OUT:
                continue
            found[place.name] = {"files": kept, "cwd": case.get("cwd", "."), "steps": steps, "left": left, "gone": gone}
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        (HERE / f"{family}.json").write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


def _plain(entry: dict[str, Any]) -> Any:
    return None if "emptydir" in entry else entry.get("text", entry)


def _retimed(text: str) -> str:
    return re.sub(r"T\d\d:\d\d:\d\d\.\d{3}Z", "T$TIME", text)


if __name__ == "__main__" and sys.argv[1:2] == ["record"]:
    _record(Path(sys.argv[2]), sys.argv[3:])
