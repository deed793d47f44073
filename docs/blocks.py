"""Writes what the documentation takes from the code: the blocks between `<!-- begin NAME -->` and `<!-- end NAME -->`.

`python docs/blocks.py` brings README.md and docs/reference.md up to date; the tests fail where they are not.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import BaseModel

from harness import shipped
from harness.cli.main import COMMANDS, group
from harness.config import Commands, Config
from harness.domain import event
from harness.flow.applies import NEEDS, NOT_FOR
from harness.flow.measures import RULES
from harness.flow.pipeline import CODE, PIPELINE, Pipeline
from harness.gates.table import GATES
from harness.ports import Tool
from harness.tools.table import TOOLS

ROOT = Path(__file__).parent.parent
FILES = ("README.md", "docs/reference.md")
KEYS: dict[str, str] = {
    "project.name": "What the documents call the project",
    "project.language": "`python` or `typescript`: what the gates on types, comments and errors read; without it, or "
    "with `javascript`, they are not asked. Written by `harness init`",
    "project.environment": "Folder with the project's toolchain (`.venv`, `node_modules`), mounted read-only",
    "project.gates": "The gates that apply here; empty means all. What is left out is shown at every approval",
    "spec.path": "The living OpenAPI document; empty means that there is no HTTP API",
    "commands.setup": "Makes what the other commands need, such as `node_modules/` by `npm ci`, in directories that "
    ".gitignore ignores; runs once for each state of the lock files. A named `environment` takes its place",
    "commands.build": "Ends with 0 when the project builds",
    "commands.lint": "Ends with 0 when style and types are in order",
    "commands.unit": "Leaves JUnit XML as `{out}/*.xml`, coverage as `{out}/coverage.json` or `coverage-summary.json`",
    "commands.routes": "Prints the service's routes as JSON, `[{\"method\": \"GET\", \"path\": \"/items/{id}\"}]`; "
    "where it is empty, FastAPI, Flask, Starlette and Express are asked",
    "commands.migrate": "Brings the database that `DATABASE_URL` names to the newest schema: run before the service "
    "starts, and by the gate on migrations, for which `DATABASE_URL` is `sqlite:///…` without `[services] postgres`",
    "commands.integration": "Finds the service's address in `BASE_URL`, and in `SERVICE_URL` because vitest sets the "
    "first one itself; leaves JUnit XML as `{out}/*.xml`",
    "setup.registries": "Package registries that the set-up may reach, as this machine's package manager knows them: "
    "`npm`, `pypi`",
    "setup.locks": "Globs of the files that decide what the set-up makes",
    "setup.scripts": "Whether packages may run code of theirs in a set-up for lock files that the branch changed",
    "server.start": "Starts the service on 127.0.0.1; `{port}` is replaced",
    "server.ready": "A path that answers below 500 once the service is ready",
    "server.timeout": "Seconds to get ready in",
    "server.seed": "Run once the service is ready, with `BASE_URL`: what the measurements need to be there",
    "server.auth": "Prints the headers of an authenticated request, `Name: value` a line; run after `seed`",
    "services.postgres": "Whether the service and its tests get a fresh PostgreSQL for each run, with the schema that "
    "`migrate` makes: `DATABASE_URL`, `PGHOST` …",
    "services.redis": "Whether they get a fresh Redis for each run: `REDIS_URL`, `REDIS_HOST`, `REDIS_PORT`",
    "sources.paths": "Globs of the production code, `!` takes out; empty means the language's usual names",
    "sources.tests": "Globs of the tests, `!` takes out; empty means the language's usual names",
    "errors.hierarchy": "Names of the project's root error classes; empty means any but the language's own; in "
    "Python, any but `Exception` and `BaseException`",
    "errors.paths": "Globs of the code in which errors have to be typed; empty means all production code",
    "duplicates.lines": "Lines that make a clone",
    "duplicates.tokens": "Tokens that make a clone",
    "environment.documents": "Where environment variables that the code reads are documented",
    "migrations.paths": "Globs of the numbered migrations, such as `migrations/*.sql`; empty means that there are "
    "none",
    "migrations.tables": "Globs of the files that define the tables, such as models",
    "documents.map": "Glob of an interface to globs of the documents of which one has to change with it",
    "dependencies.audit": "Whether packages are looked up among the known vulnerabilities; needs `[setup] registries`",
    "mutation.enabled": "Whether changed lines are mutated, which takes long",
    "mutation.minimum": "Per cent of the mutants that the tests have to kill",
    "waivers": "Findings that you let pass for a time: tables of `rule`, `path`, `reason`, `expires`",
    "thresholds.statements": "Per cent; coverage must be greater",
    "thresholds.branches": "Per cent; coverage must be greater",
    "thresholds.functions": "Per cent; coverage must be greater",
    "thresholds.lines": "Per cent; coverage must be greater",
    "latency.token": "Milliseconds at the 95th percentile, for the paths below",
    "latency.other": "Milliseconds at the 95th percentile, for all other paths",
    "latency.token_paths": "Globs of the token endpoints' paths",
    "latency.rounds": "The best of so many rounds counts",
    "latency.requests": "Requests of one operation a round",
    "git.develop": "The integration branch",
    "git.main": "The branch that `harness release` brings it to",
    "git.remote": "The remote whose integration branch counts, fetched and pushed to; empty means the local branch",
    "review.spec": "What the CTO answers about a spec, as `id = \"question\"`",
    "review.code": "What the CTO answers about an implementation, as `id = \"question\"`",
    "review.tests": "What QA answers about a branch that the team did not write",
    "review.architecture": "What the CTO answers about such a branch",
    "review.release": "What the CTO answers about a release",
    "release.mode": "How main gets develop: `merge` makes a merge commit, `fast-forward` moves it to develop's commit",
    "release.tag": "The tag of a release; empty for none",
    "operations.not_provokable": "Documented answers that no test can cause: tables of `operation`, `status`, `reason`",
    "architecture.layers": "glob of a layer -> what its files may not take: a module, a glob of files, or `SQL`; what "
    "one newly takes is an item, too",
    "architecture.surface": "Globs of files whose change the CTO has to accept by name, by kind of item",
    "budget.change": "US dollars that one change may cost before the CEO is asked",
    "changelog.path": "The file that has to tell readers about the change",
    "secrets.patterns": "Globs of files that gates never see, and roles only if their `reads` names them; those that "
    "hold credentials by their names (`.env`, `*.pem`, `*.key`, `id_rsa`, `.npmrc` …) are among them anyway",
    "secrets.public": "Globs of files that are no secrets in spite of their names, such as `tests/certs/**`",
}  # fmt: skip
"""What each key of harness.toml means; the keys and defaults themselves come from the code."""


def pipeline(rows: Pipeline = PIPELINE) -> str:
    """The table of stages as a drawing: a box a row, its gates, where it goes on and where it may go back to."""
    lines = []
    for number, row in enumerate(rows):
        who = {"act": "the harness", "human": "the CEO"}.get(row.by, row.role)
        lines.append(f"{row.step}  {row.id:<15}{who:<13}{_passes(row.gates, row.submits, row.by)}".rstrip())
        if row.returns:
            lines.append(f"{'':<31}back to {', '.join(row.returns)}")
        if number < len(rows) - 1:
            lines.append("│")
    return "```text\n" + "\n".join(lines) + "\n```"


def _passes(gates: tuple[str, ...], submits: str, by: str) -> str:
    """What lets a stage pass."""
    if by == "human":
        return "decides, bound to a digest of what is shown"
    parts = [{"verdict": "verdict, criterion by criterion", "sign-off": "sign-off"}.get(submits, "")]
    if gates[: len(CODE)] == CODE:
        gates = ("the code gates", *gates[len(CODE) :])
    parts.append(f"gates: {', '.join(gates)}" if gates else "")
    return "; ".join(part for part in parts if part)


def code_gates() -> str:
    """What the drawing calls the code gates."""
    return f"The code gates are {', '.join(CODE)}."


def settings() -> str:
    """Every key of harness.toml, its default and what it means."""
    rows = [f"| `{key}` | {_shown(value)} | {KEYS[key]} |" for key, value in defaults()]
    unknown = set(KEYS) - {key for key, _ in defaults()}
    if unknown:
        raise SystemExit(f"docs/blocks.py explains keys that harness.toml does not have: {', '.join(sorted(unknown))}")
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])


def defaults() -> Iterator[tuple[str, Any]]:
    """(key, default) of harness.toml, in the code's order."""
    for table, part in Config():
        if isinstance(part, tuple):
            yield table, part
            continue
        for key, value in part:
            yield f"{table}.{key}", value


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel | dict):
        return ", ".join(f"`{name}`" for name in dict(value))
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "none"
    if isinstance(value, float | int):
        return f"{value:g}"
    return f"`{value}`" if value else "none"


def commands() -> str:
    """Every command with its help, arguments and options."""
    return "\n\n".join(_command(name) for name in COMMANDS)


def _command(name: str) -> str:
    context = click.Context(group)
    found = group.get_command(context, name)
    assert found is not None
    inner = found.commands.items() if isinstance(found, click.Group) else ()
    return "\n\n".join([_described(name, found), *(_described(f"{name} {part}", each) for part, each in inner)])


def _described(name: str, found: click.Command) -> str:
    given = [p for p in found.params if isinstance(p, click.Argument)]
    words = " ".join(_argument(p) for p in given)
    options = [p for p in found.params if isinstance(p, click.Option)]
    lines = [f"### `harness {name}{' ' + words if words else ''}`", "", inspect.cleandoc(found.help or "")]
    if options:
        lines += ["", "| option | |", "|---|---|"]
        lines += [f"| `{_option(option)}` | {option.help or f'By default {option.default}.'} |" for option in options]
    return "\n".join(lines)


def _argument(given: click.Argument) -> str:
    name = (given.name or "").upper()
    return name if given.required else f"[{name}]"


def _option(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    kind = "\\|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.type.name.upper()
    return f"{names} {option.metavar or kind}"


def tools() -> str:
    """Every tool that a role may be given."""
    return "\n".join(["| tool | input | what it does |", "|---|---|---|", *(_tool(tool) for tool in TOOLS.values())])


def _tool(tool: Tool) -> str:
    given = ", ".join(f"`{name}`" for name in tool.schema.get("properties", {})) or "by the stage"
    return f"| `{tool.name}` | {given} | {_cell(tool.description)} |"


def gates() -> str:
    """Every gate, what it asks with the default numbers, and where it does not apply."""
    names = {name: f"[commands] {name}" for name, _ in Commands()}
    plain = Config(commands=Commands(**names))
    return "\n\n".join(
        f"### {gate.name}\n\n{gate.title}: {RULES[gate.name](plain)}. {_applies(gate.name)}" for gate in GATES
    )


def _applies(name: str) -> str:
    where = [row.title for row in PIPELINE if name in row.gates]
    out = [f"{kind} changes" for kind, left in NOT_FOR.items() if name in left]
    out += [NEEDS[name][1]] if name in NEEDS else []
    asked = f"Asked in: {', '.join(where)}."
    return f"{asked} Not applicable to {' and '.join(out)}." if out else asked


def roles() -> str:
    """Every role that ships, by its file."""
    return "\n\n".join(_role(path) for path in sorted(shipped.folder("roles").glob("*.toml")))


def _role(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    about = " ".join(line.removeprefix("# ") for line in text.splitlines()[:1])
    write = ", ".join(f"`{glob}`" for glob in facts.get("write", ())) or "nothing"
    deny = ", ".join(f"`{glob}`" for glob in facts.get("deny", ()))
    return "\n".join(
        [
            f"### {facts['name']}",
            "",
            f"{about} {facts['title']}, `{facts['model']}`, effort {facts['effort']}; at most "
            f"{facts['turns']} turns an attempt, {facts['max_tokens']} tokens an answer, "
            f"${facts['budget']:g} a change.",
            "",
            f"- tools: {', '.join(f'`{tool}`' for tool in facts['tools'])}",
            f"- writes: {write}{f', but not {deny}' if deny else ''}",
        ]
    )


def events() -> str:
    """Every kind of entry that a journal holds."""
    notes = docstrings(event)
    rows = []
    for kind in kinds():
        fields = ", ".join(f"`{name}`" for name in kind.model_fields if name != "type")
        rows.append(f"| `{kind.model_fields['type'].default}` | {_cell(notes[kind.__name__])} | {fields} |")
    return "\n".join(["| entry | meaning | holds |", "|---|---|---|", *rows])


def kinds() -> tuple[type[BaseModel], ...]:
    """The members of the union of events."""
    found: tuple[type[BaseModel], ...] = get_args(get_args(event.Event)[0])
    return found


def docstrings(module: Any) -> dict[str, str]:
    """class -> its docstring, as it stands in the source."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.ClassDef)}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


BLOCKS: dict[str, Callable[[], str]] = {
    "pipeline": pipeline,
    "code gates": code_gates,
    "configuration": settings,
    "commands": commands,
    "tools": tools,
    "gates": gates,
    "roles": roles,
    "events": events,
}


def filled(text: str) -> str:
    """`text` with every block as the code has it now; SystemExit where a block is not known."""

    def block(match: re.Match[str]) -> str:
        name = match[1]
        if name not in BLOCKS:
            raise SystemExit(f"there is no block {name!r}; there are {', '.join(BLOCKS)}")
        return f"<!-- begin {name} -->\n{BLOCKS[name]()}\n<!-- end {name} -->"

    return re.sub(r"<!-- begin ([a-z ]+) -->\n.*?<!-- end \1 -->", block, text, flags=re.DOTALL)


def main() -> int:
    """Write the files anew; 0."""
    for name in FILES:
        path = ROOT / name
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
