"""A changed schema has a migration, numbered after those that are there, which runs on new and on old databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.glob import matcher
from harness.errors import Mistake
from harness.gates import ddl, lite, migration, rows
from harness.gates.difference import Difference
from harness.gates.migration import Migration
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.schema import shape
from harness.gates.servers import Servers, servers, unable
from harness.gates.sources import production, test
from harness.ports import Bench, Outcome, Sandbox, Subject

NAME = "migrations"
_REGULAR = ("100644", "100755")
_FILES = (".sql", ".prisma")
_ASIDE = matcher(tuple(f"{folder}/**" for folder in ("docs", "doc", "examples", "example", "samples", "benchmarks")))
_PLAN = "sqitch.plan"
"""Where Sqitch orders what has no numbers."""
_WHOLE = re.compile(
    r"(?:schema|structure|seeds?|data|fixtures|dump|roles?|functions?|views?|procedures?|triggers?|extensions?|b\d+__|before\w+|after\w+)"
    r"(?:\b|_)", re.I
)  # fmt: skip
"""Files of the whole schema, made anew each time, or run by Flyway beside the others."""
_SURE = re.compile(r"create table (?!if )|alter table \S+ (?:add|drop) column (?!if )")
_CLEARED = r"\b(?:delete\s+from|truncate(?:\s+table)?)\b[^;]*\b{}\b"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if not config.migrations.paths:
        return "harness.toml has no [migrations] paths"
    return unready("migrate", config.commands.migrate, sandbox) or unable(config.services, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Judge the branch's migrations by their names and contents, then run them."""
    command = subject.config.commands.migrate
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    old, new = _all(subject.base, subject, bench), _all(subject.tree, subject, bench)
    before = {path: row for path, row in bench.paths(subject.base).items() if path in old}
    after = {path: row for path, row in bench.paths(subject.tree).items() if path in new}
    kept = {path: row for path, row in before.items() if not old[path].repeatable}
    found = migration.history(kept, after) + migration.numbering(old.values(), new.values())
    added = [each for path, each in sorted(new.items()) if path not in old and not each.down]
    added += [new[path] for path in sorted(new) if path in old and new[path].repeatable and before[path] != after[path]]
    found += _unnumbered(subject, bench, old, new)
    changes = list(_changes(subject, bench, {*old, *new}))
    if changes and not added:
        found += changes
    run = _Run(subject, bench, old, new, added)
    difference = Difference(subject, bench)
    # A model of Django says much that its database never hears of.
    sure = bool(difference.gained or difference.lost) or any(not each.path.endswith(".py") for each in changes)
    try:
        seen = run.look(changed=bool(changes) and (sure or bool(subject.config.services.postgres)))
    except Mistake as error:
        return blocked(NAME, subject, str(error), command=command, figures=run.figures)
    found += seen if seen or not added else difference.unnamed(added, run.fresh)
    figures = {"migrations": len(new), "new": len(added), "changes of the schema": len(changes), **run.figures}
    evidence = bench.keep("\n".join(run.said).encode("utf-8", "backslashreplace"))
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _all(tree: str, subject: Subject, bench: Bench) -> dict[str, Migration]:
    """path -> migration of a commit or tree."""
    named = matcher(subject.config.migrations.paths)
    out = {}
    for path, (mode, _) in bench.paths(tree).items():
        if mode in _REGULAR and named(path):
            found = migration.read(path, (bench.read(tree, path) or b"") if path.endswith(".py") else b"")
            if found:
                out[path] = found
    return out


def _unnumbered(
    subject: Subject, bench: Bench, old: dict[str, Migration], new: dict[str, Migration]
) -> Iterator[Finding]:
    """New SQL among the migrations that changes the schema without a number, where it is not the folder's way."""
    named, paths = matcher(subject.config.migrations.paths), bench.paths(subject.tree)
    if _PLAN in {path.rpartition("/")[2] for path in paths}:
        return
    base = {path for path in bench.paths(subject.base) if named(path) and path not in old and path.endswith(".sql")}
    ways = {path.rpartition("/")[0] for path in base if ddl.facts(path, bench.read(subject.base, path) or b"")}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        fresh = named(path) and path not in new and path not in base and path.endswith(".sql")
        if fresh and folder not in ways and not _WHOLE.match(name):
            data = bench.read(subject.tree, path) or b""
            facts = sorted(ddl.facts(path, data))
            if facts and b"liquibase formatted sql" not in data[:200].lower():
                yield finding(
                    "migrations-unnumbered", f"it has no number, but it changes the schema: {facts[0][:300]}", path, 1
                )


def _changes(subject: Subject, bench: Bench, migrations: set[str]) -> Iterator[Finding]:
    """Files outside the migrations that say something new of the schema, each as the finding that it would be."""
    config = subject.config
    tables, named = matcher(config.migrations.tables), matcher(config.migrations.paths)
    for path in sorted(bench.changed(subject.base, subject.tree)):
        own = bool(config.migrations.tables) and tables(path)
        code = production(path, config) or (
            path.endswith(_FILES) and not test(path, config) and "test" not in path and not _ASIDE(path)
        )
        if path in migrations or named(path) or not (own or code):
            continue
        before = ddl.facts(path, bench.read(subject.base, path) or b"", sure=own)
        data = bench.read(subject.tree, path) or b""
        after = ddl.facts(path, data, sure=own)
        difference = sorted(after ^ before if own else after - before)
        if difference:
            text = f"the schema changes here, but no migration is new: {difference[0][:300]}"
            yield finding("migrations-missing", text, path, ddl.line(data, difference[0]))


class _Run:
    """The migrations as they run: on a fresh database, and on one that the base's have made."""

    def __init__(
        self, subject: Subject, bench: Bench, old: dict[str, Migration], new: dict[str, Migration],
        added: list[Migration],
    ) -> None:  # fmt: skip
        self.figures: dict[str, float | int | str] = {}
        self.said: list[str] = []
        self._subject, self._bench = subject, bench
        self._old, self._new, self._added = old, new, added
        self.fresh = ""
        """The schema of a fresh database, as it is known after `look`."""

    def look(self, *, changed: bool) -> list[Finding]:
        """What is wrong with how they run; Mistake where they can't be judged."""
        if not self._new:
            return []
        with self._database() as (beside, files):
            found = self._apply("a fresh database", self._subject.tree, beside, files)
            self.fresh = self._shape(beside, files) if not found else ""
        if not found and self.fresh == "[]" and self._makes():
            return [self._at("migrations-empty", "the migrations make tables, but the command leaves none behind", "")]
        if not self._old or found:
            return found
        grown = self._grown(changed, filled=bool(self._added))
        if grown is None:
            self.figures["rows"] = "those that could be made do not fit"
            grown = self._grown(changed, filled=False)
        return grown or []

    def _grown(self, changed: bool, *, filled: bool) -> list[Finding] | None:
        """How the migrations run on what the base's have made; None where only rows of ours may be the reason."""
        with self._database() as (beside, files):
            if self._apply("the base's own database", self._subject.base, beside, files):
                raise Mistake(f"the base's own migrations do not run: {tail(self.said[-1], 600)}")
            if not beside.running and not any(files.iterdir()):
                self.figures["on the base's database"] = "the project keeps it where it is not known"
                return []
            was = self._shape(beside, files)
            held = rows.fill(beside, files, self._bench) if filled else {}
            if filled:
                self.figures["tables with rows"] = sum(held.values())
            outcome = self._ran("the base's database", self._subject.tree, beside, files)
            if outcome.code and any(held.values()):
                return [self._at("migrations-rows", f"{self._fails('a database with rows')}: {_message(outcome)}",
                                 outcome.output)] if rows.refused(outcome, beside) else None  # fmt: skip
            if outcome.code:
                return [self._failed("the base's database", outcome)]
            now = self._shape(beside, files)
            after = rows.held(beside, files, self._bench) if any(held.values()) else {}
        gone = [
            table for table, full in held.items() if full and after.get(table) is False and not self._cleared(table)
        ]
        if gone:
            text = f"all rows of {', '.join(sorted(gone))} are gone after the new migration"
            return [self._at("migrations-rows", text, "")]
        return self._compared(self.fresh, was, now, changed)

    def _cleared(self, table: str) -> bool:
        """Whether a new migration says that the table is emptied, for its readers to see."""
        texts = [
            (self._bench.read(self._subject.tree, each.path) or b"").decode(errors="replace") for each in self._added
        ]
        word = re.escape(table.rpartition(".")[2].strip('"'))
        return any(re.search(_CLEARED.format(word), text, re.I) for text in texts)

    def _compared(self, fresh: str, was: str, now: str, changed: bool) -> list[Finding]:
        if not now:
            return []
        if now != fresh:
            return [
                self._at(
                    "migrations-differ", f"a fresh database and the base's end up different: {_first(fresh, now)}", ""
                )
            ]
        if self._added and was == now and (changed or self._says()):
            what = "the schema changes in the code" if changed else "it says that the schema changes"
            return [self._at("migrations-empty", f"{what}, but the new migration changes none", "")]
        return []

    def _says(self) -> bool:
        """Whether a new migration in SQL makes a table, or a column of one, for certain."""
        texts = {each.path: self._bench.read(self._subject.tree, each.path) or b"" for each in self._added}
        facts = [fact for path, text in texts.items() if path.endswith(".sql") for fact in ddl.facts(path, text)]
        return any(map(_SURE.match, facts)) and not any(fact.startswith("drop table") for fact in facts)

    def _shape(self, beside: Servers, files: Path) -> str:
        with self._bench.scratch() as room:
            return shape(beside) or lite.schema(files / "database.sqlite", room)

    def _makes(self) -> bool:
        """Whether a migration in SQL makes a table for certain."""
        texts = {path: self._bench.read(self._subject.tree, path) or b"" for path in self._new if path.endswith(".sql")}
        facts = {fact for path, text in texts.items() for fact in ddl.facts(path, text)}
        return any(fact.startswith("create table") for fact in facts) and not any(f.startswith("drop") for f in facts)

    @contextmanager
    def _database(self) -> Iterator[tuple[Servers, Path]]:
        """(its server, a directory for one that is a file)"""
        with servers(self._subject.config.services, self._bench) as beside, self._bench.scratch() as files:
            yield beside, files

    def _apply(self, what: str, tree: str, beside: Servers, files: Path) -> list[Finding]:
        outcome = self._ran(what, tree, beside, files)
        return [self._failed(what, outcome)] if outcome.code else []

    def _ran(self, what: str, tree: str, beside: Servers, files: Path) -> Outcome:
        """How the command ended there; Mistake where it did not run."""
        command = self._subject.config.commands.migrate
        with self._bench.checkout(tree) as work:
            asked = self._bench.command(command, work, out=files)
            place = self._bench.sandbox.inside(asked).out
            asked = replace(asked, env={**asked.env, "DATABASE_URL": f"sqlite:///{place}/database.sqlite"})
            outcome = self._bench.sandbox.run(beside.joined(asked, "service"))
        self.said.append(f"{what}: exit code {outcome.code}\n{outcome.output}")
        self.figures[f"on {what}"] = "runs" if not outcome.code and not outcome.limit else "fails"
        why = unrun(outcome, command) or (beside.fault() if outcome.code else "")
        if why:
            raise Mistake(why)
        return outcome

    def _failed(self, what: str, outcome: Outcome) -> Finding:
        return self._at("migrations-run", f"{self._fails(what)}: {_message(outcome)}", outcome.output)

    def _fails(self, what: str) -> str:
        return f"`{self._subject.config.commands.migrate}` fails on {what}"

    def _at(self, rule: str, text: str, said: str) -> Finding:
        """A finding at the migration that the output names, else at the newest."""
        known = sorted(self._new.values(), key=lambda each: (each.number, each.path))
        named = [each for each in known if each.path.rpartition("/")[2] in said]
        last = (named or self._added or known)[-1]
        return finding(rule, text, last.path)


def _message(outcome: Outcome) -> str:
    return tail(outcome.output, 900) or f"exit code {outcome.code}"


def _first(one: str, other: str) -> str:
    """The first thing that only one of two shapes has."""
    left, right = set(json.loads(one or "[]")), set(json.loads(other or "[]"))
    only = sorted(left ^ right)
    return (
        f"only {'the fresh one' if only[0] in left else 'the other'} has {only[0][:300]}" if only else "in their order"
    )
