"""The tables and columns that a branch's models gain and lose, and whether a migration names them."""

from __future__ import annotations

import json

from harness.domain.gate import Finding
from harness.domain.glob import matcher
from harness.gates import ddl
from harness.gates.column import Column, columns, names
from harness.gates.migration import Migration
from harness.gates.result import finding
from harness.ports import Bench, Subject


class Difference:
    """The tables and columns that the changed files of `[migrations] tables` gain and lose."""

    def __init__(self, subject: Subject, bench: Bench) -> None:
        self._subject, self._bench = subject, bench
        tables, named = matcher(subject.config.migrations.tables), matcher(subject.config.migrations.paths)
        changed = bench.changed(subject.base, subject.tree) if subject.config.migrations.tables else ()
        self._paths = [path for path in sorted(changed) if tables(path) and not named(path)]
        before, after = self._of(subject.base), self._of(subject.tree)
        self.gained = {each: path for each, path in after.items() if each not in before}
        text = "\n".join(self._text(path) for path in self._paths)
        # A column that the files still name may have moved to a class that others share.
        self.lost = {
            each: path for each, path in before.items() if each not in after and not names(text, each[1] or each[0])
        }

    def _of(self, tree: str) -> dict[Column, str]:
        return {each: path for path in self._paths for each in columns(path, self._bench.read(tree, path) or b"")}

    def _text(self, path: str) -> str:
        return (self._bench.read(self._subject.tree, path) or b"").decode(errors="replace")

    def unnamed(self, added: list[Migration], fresh: str) -> list[Finding]:
        """What no new migration brings: its text names it, or else the schema of a fresh database shows it."""
        folders = {each.path.rpartition("/")[0] for each in added}
        changed = self._bench.changed(self._subject.base, self._subject.tree)
        beside = {path for path in changed if any(path.startswith(f"{folder}/") for folder in folders if folder)}
        text = "\n".join(self._text(path) for path in sorted({each.path for each in added} | beside))
        facts = json.loads(fresh or "[]")
        out = []
        for new, each, path in [(True, *row) for row in self.gained.items()] + [
            (False, *row) for row in self.lost.items()
        ]:
            table, column = each
            own = self.gained if new else self.lost
            shown = any(names(fact, table) and names(fact, column or table) for fact in facts)
            done = shown is new if facts else names(text, table)
            if done or names(text, column or table) or (column and (table, "") in own):
                continue
            what = f"the column {column} of {table}" if column else f"the table {table}"
            says = f"{what} is {'new' if new else 'gone'} here, but no new migration names it"
            line = ddl.line(self._text(path).encode(), column or table) if new else 0
            out.append(finding("migrations-missing", says, path, line))
        return out
