"""Settings of coverage that bend its figures without a trace in the report."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterator

from harness.ports import Bench, Subject

_FILES = (".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml")
_KEYS = frozenset({"partial_branches", "partial_also", "plugins"})


def altered(subject: Subject, bench: Bench) -> Iterator[tuple[str, str]]:
    """(file, key) of every such setting that the branch changed."""
    changed = bench.changed(subject.base, subject.tree)
    for path in sorted(changed):
        if path.rpartition("/")[2] in _FILES:
            old, new = (_settings(path, bench.read(tree, path) or b"") for tree in (subject.base, subject.tree))
            yield from ((path, key) for key in sorted(_KEYS) if old.get(key) != new.get(key))


def _settings(path: str, data: bytes) -> dict[str, str]:
    """key -> value of coverage's own sections; nothing where the file can't be read, which stops coverage itself."""
    text = data[: 1 << 20].decode("utf-8", "replace")
    try:
        if path.endswith(".toml"):
            table = tomllib.loads(text).get("tool", {}).get("coverage", {})
            rows = [row for row in table.values() if isinstance(row, dict)]
            return {key: json.dumps(value, default=str) for row in rows for key, value in row.items()}
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
        own = path.endswith(".coveragerc")
        names = [name for name in parser.sections() if own or name.startswith("coverage:")]
        return {key: " ".join(value.split()) for name in names for key, value in parser[name].items()}
    except (tomllib.TOMLDecodeError, configparser.Error, RecursionError, AttributeError):
        return {}
