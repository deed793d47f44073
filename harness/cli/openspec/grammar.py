"""Which commands, arguments and options OpenSpec's command line has, and how it reads and explains them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

WIDTH = 80
HELP = ("-h, --help", "display help for command")


class Misused(Exception):
    """The command line can't be understood; the message is what is said about it."""


class Help(Exception):
    """Somebody asked for help; the message is it."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """One command."""

    summary: str
    options: tuple[tuple[str, str], ...] = ()
    """(flags as help shows them, help)."""
    argument: str = ""
    """Its one argument: `<name>` where it has to be there, `[name]` where not."""


@dataclass(slots=True)
class Call:
    """A command with what it was given."""

    command: str
    argument: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    def on(self, name: str) -> bool:
        """Whether a flag was given, by its long name without dashes."""
        return name in self.flags

    def value(self, name: str) -> str | None:
        return self.values.get(name)


JSON = ("--json", "Output as JSON")
STRICT = ("--strict", "Enable strict validation mode")
QUIET = ("--no-interactive", "Disable interactive prompts")
STORE = (
    "--store <id>",
    "Store id to use as the OpenSpec root (a store is a standalone OpenSpec repo you've registered)",
)
SCHEMA = ("--schema <name>", "Schema override (auto-detected from config.yaml)")
TYPE = ("--type <type>", "Specify item type when ambiguous: change|spec")
_SPEC = (
    ("--requirements", "JSON only: Show only requirements (exclude scenarios)"),
    ("--no-scenarios", "JSON only: Exclude scenario content"),
    ("-r, --requirement <id>", "JSON only: Show specific requirement by ID (1-based)"),
)
_CHANGE = (
    ("--deltas-only", "Show only deltas (JSON only, change)"),
    ("--requirements-only", "Alias for --deltas-only (deprecated, change)"),
    ("--diff", "Show per-requirement diffs for delta specs (change)"),
)
GRAMMARS: dict[str, Grammar] = {
    "list": Grammar(
        "List items (changes by default). Use --specs to list specs.",
        (
            ("--specs", "List specs instead of changes"),
            ("--changes", "List changes explicitly (default)"),
            ("--sort <order>", 'Sort order: "recent" (default) or "name" (default: "recent")'),
            ("--json", "Output as JSON (for programmatic use)"),
            STORE,
        ),
    ),
    "archive": Grammar(
        "Archive a completed change and update main specs",
        (
            ("-y, --yes", "Skip confirmation prompts"),
            (
                "--skip-specs",
                "Skip spec update operations (useful for infrastructure, tooling, or doc-only changes)",
            ),
            ("--no-validate", "Skip validation (not recommended, requires confirmation)"),
            ("--json", "Output as JSON (non-interactive)"),
            STORE,
        ),
        "[change-name]",
    ),
    "validate": Grammar(
        "Validate changes and specs",
        (
            ("--all", "Validate all changes and specs"),
            ("--changes", "Validate all changes"),
            ("--specs", "Validate all specs"),
            ("--archived", "Validate that archived changes have all tasks completed (for pre-commit linting)"),
            (
                "--report <full|findings>",
                "Select bulk report content: full|findings; combine with --json for JSON",
            ),
            TYPE,
            STRICT,
            ("--json", "Output validation results as JSON"),
            ("--harness", "The harness's own rules, too: other open changes, depends_on, archivable now"),
            ("--concurrency <n>", "Max concurrent validations (defaults to env OPENSPEC_CONCURRENCY or 6)"),
            QUIET,
            STORE,
        ),
        "[item-name]",
    ),
    "show": Grammar("Show a change or spec", (JSON, TYPE, QUIET, *_CHANGE, *_SPEC, STORE), "[item-name]"),
    "status": Grammar(
        "Display artifact completion status for a change",
        (
            ("--change <id>", "Change name to show status for"),
            ("--all", "Show status for all active changes"),
            SCHEMA,
            JSON,
            STORE,
        ),
    ),
    "instructions": Grammar(
        "Output enriched instructions for artifacts, apply, or archive",
        (("--change <id>", "Change name"), SCHEMA, JSON, STORE),
        "[artifact]",
    ),
    "templates": Grammar(
        "Show resolved template paths for all artifacts in a schema",
        (
            ("--schema <name>", "Schema to use (default: spec-driven)"),
            ("--json", "Output as JSON mapping artifact IDs to template paths"),
        ),
    ),
    "schemas": Grammar(
        "List available workflow schemas with descriptions", (("--json", "Output as JSON (for agent use)"), STORE)
    ),
    "new": Grammar("Create new items"),
    "new change": Grammar(
        "Create a new change directory",
        (
            ("--description <text>", "Description to add to README.md"),
            ("--goal <text>", "Optional goal metadata to store with the change"),
            ("--schema <name>", "Workflow schema to use (default: spec-driven)"),
            JSON,
            STORE,
        ),
        "<name>",
    ),
    "change": Grammar("Manage OpenSpec change proposals"),
    "change show": Grammar(
        "Show a change proposal in JSON or markdown format", (JSON, *_CHANGE, QUIET), "[change-name]"
    ),
    "change list": Grammar(
        'List all active changes (DEPRECATED: use "openspec list" instead)',
        (JSON, ("--long", "Show id and title with counts")),
    ),
    "change validate": Grammar(
        "Validate a change proposal", (STRICT, ("--json", "Output validation report as JSON"), QUIET), "[change-name]"
    ),
    "spec": Grammar("Manage and view OpenSpec specifications"),
    "spec show": Grammar("Display a specific specification", (JSON, *_SPEC, QUIET), "[spec-id]"),
    "spec list": Grammar("List all available specifications", (JSON, ("--long", "Show id and title with counts"))),
    "spec validate": Grammar(
        "Validate a specification structure",
        (STRICT, ("--json", "Output validation report as JSON"), QUIET),
        "[spec-id]",
    ),
    "schema": Grammar("Manage workflow schemas [experimental]"),
    "schema validate": Grammar(
        "Validate a schema structure and templates", (JSON, ("--verbose", "Show detailed validation steps")), "[name]"
    ),
    "schema which": Grammar(
        "Show where a schema resolves from",
        (JSON, ("--all", "List all schemas with their resolution sources")),
        "[name]",
    ),
}
_HIDDEN = ("--store-path <path>",)
_GONE = ("--initiative <id>", "--areas <names>")
"""Options that are understood, in order to be refused, and that help does not name."""
GROUPS = ("new", "change", "spec", "schema")
ELSEWHERE = (
    "init", "update", "view", "config", "store", "doctor", "context", "workset", "feedback", "completion",
)  # fmt: skip
"""Commands of OpenSpec's own tool that are about that tool, not about a repository's documents."""


def parse(args: list[str]) -> Call:
    """The call in a command line; Help or Misused."""
    command, rest = _command(args)
    grammar = GRAMMARS[command]
    call = Call(command)
    hidden = _HIDDEN if STORE in grammar.options else ()
    hidden = (*hidden, *_GONE) if command == "new change" else hidden
    flags = (*grammar.options, *((each, "") for each in hidden))
    names = {flag: (long, shown) for shown, _ in flags for flag, long in _flags(shown)}
    given: list[str] = []
    strange: list[str] = []
    at = 0
    while at < len(rest):
        word = rest[at]
        at += 1
        if word == "--":
            (strange or given).extend(rest[at:])
            break
        if not word.startswith("-") or word == "-":
            (strange or given).append(word)
        elif word in ("-h", "--help"):
            raise Help(explain(command))
        else:
            at = _option(call, names, word, rest, at, strange)
    if strange and command != "show":
        raise Misused(f"error: unknown option '{strange[0]}'\n")
    return _filled(call, grammar, [*given, *strange])


def _command(args: list[str]) -> tuple[str, list[str]]:
    words = [word for word in args if word != "--no-color"]
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        raise Misused(explain(""))
    if words[0] in GRAMMARS and words[0] not in GROUPS:
        return words[0], words[1:]
    if words[0] not in GROUPS:
        _astray("", words)
    if len(words) == 1:
        raise Misused(explain(words[0]))
    name = f"{words[0]} {words[1]}"
    if name not in GRAMMARS:
        _astray(words[0], words[1:])
    return name, words[2:]


def _astray(group: str, words: list[str]) -> None:
    """Help or Misused for words that name no command of `group`, '' being the whole."""
    if words[0] == "help":
        topic = " ".join([group, *words[1:]] if group else words[1:])
        topic = topic if topic in GRAMMARS else " ".join(topic.split()[:1])
        if (len(words) > 1 and topic in ("", group)) or topic not in ("", *GRAMMARS):
            raise Misused(explain(group))
        raise Help(explain(topic or group))
    ours = words[: words.index("--")] if "--" in words else words
    if "-h" in ours or "--help" in ours:
        raise Help(explain(group))
    if words[0].startswith("-"):
        raise Misused(f"error: unknown option '{words[0]}'\n")
    if not group and words[0] in ELSEWHERE:
        raise Misused(f"error: '{words[0]}' is left to OpenSpec's own tool; see harness openspec --help\n")
    raise Misused(f"error: unknown command '{words[0]}'\n")


def _flags(flags: str) -> list[tuple[str, str]]:
    """(flag, long name) of each spelling."""
    words = re.findall(r"--?[\w-]+", flags.partition("<")[0])
    long = words[-1].removeprefix("--")
    return [(word, long) for word in words]


def _option(
    call: Call, names: dict[str, tuple[str, str]], word: str, rest: list[str], at: int, strange: list[str]
) -> int:
    """Take up one option, or put it with what is `strange`; where to go on."""
    flag, joined, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
    if flag not in names or (joined and word.startswith("--") and "<" not in names[flag][1]):
        strange.append(word)
        return at
    long, shown = names[flag]
    if "<" not in shown:
        call.flags.add(long)
        if joined:
            rest.insert(at, f"-{value}")
        return at
    if joined:
        call.values[long] = value
        return at
    if at >= len(rest):
        raise Misused(f"error: option '{shown}' argument missing\n")
    call.values[long] = rest[at]
    return at + 1


def _filled(call: Call, grammar: Grammar, given: list[str]) -> Call:
    most = 1 if grammar.argument else 0
    if grammar.argument.startswith("<") and not given:
        raise Misused(f"error: missing required argument '{grammar.argument.strip('<>')}'\n")
    if len(given) > most:
        noun = "argument" if most == 1 else "arguments"
        name = call.command.split()[-1]
        raise Misused(f"error: too many arguments for '{name}'. Expected {most} {noun} but got {len(given)}.\n")
    call.argument = given[0] if given else None
    return call


def explain(command: str) -> str:
    """The help of a command, '' being the whole."""
    if not command:
        usage, summary = "[options] [command]", "OpenSpec's own commands on this repository"
        options: tuple[tuple[str, str], ...] = (
            ("-V, --version", "output the version number"),
            ("--no-color", "Disable color output"),
            HELP,
        )
        below = [name for name in GRAMMARS if " " not in name]
    else:
        grammar = GRAMMARS[command]
        group = command in GROUPS
        usage = f"{command} [options]" + (" [command]" if group else f" {grammar.argument}".rstrip())
        summary, options = grammar.summary, (*grammar.options, HELP)
        below = [name for name in GRAMMARS if name.startswith(f"{command} ")] if group else []
    rows = [(_signature(name), GRAMMARS[name].summary) for name in below]
    width = max(len(name) for name, _ in (*options, *rows))
    text = f"Usage: harness openspec {usage}\n\n" + textwrap.fill(summary, WIDTH) + "\n\nOptions:\n"
    text += "".join(_row(name, said, width) for name, said in options)
    return text + ("\nCommands:\n" + "".join(_row(name, said, width) for name, said in rows) if rows else "")


def _signature(name: str) -> str:
    grammar = GRAMMARS[name]
    words = [name.split()[-1], "[options]" if grammar.options else "", grammar.argument]
    return " ".join(word for word in words if word)


def _row(name: str, said: str, width: int) -> str:
    lead = f"  {name:<{width}}  "
    return textwrap.fill(said, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)) + "\n"
