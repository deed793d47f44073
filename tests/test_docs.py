"""The documentation against the code: everything is documented, nothing is documented that is not there."""

from __future__ import annotations

import html
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner

from harness import __version__
from harness.cli.main import COMMANDS, group
from harness.cli.openspec.grammar import GRAMMARS
from harness.flow.measures import RULES, TITLES
from harness.flow.pipeline import ALL_GATES, DONE, PIPELINE, Stage
from harness.gates.table import GATES
from harness.tools.table import TOOLS

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "CHANGELOG.md", "docs/architecture.md", "docs/reference.md")
SPECS = sorted((ROOT / "openspec/specs").glob("*/spec.md"))
ROLES = sorted(path.stem for path in (ROOT / "roles").glob("*.toml"))
BLOCK = re.compile(r"<!-- begin ([a-z ]+) -->")


@pytest.fixture(scope="module")
def blocks() -> ModuleType:
    """docs/blocks.py, which is a program and in no package."""
    spec = importlib.util.spec_from_file_location("blocks", ROOT / "docs/blocks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def section(title: str) -> str:
    """The text of one `## ` section of the reference."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@pytest.mark.parametrize("page", ["README.md", "docs/reference.md"])
def test_what_comes_from_the_code_is_up_to_date(blocks: ModuleType, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert blocks.filled(text) == text, "run `python docs/blocks.py`"


def test_every_block_is_shown(blocks: ModuleType) -> None:
    assert sorted(BLOCK.findall(README + REFERENCE)) == sorted(blocks.BLOCKS)


def test_the_drawing_follows_the_table(blocks: ModuleType) -> None:
    assert blocks.pipeline() in README
    extra = Stage(id="audit", step=9, title="Audit", by="agent", role="auditor", then=DONE, returns=("qa",))
    drawn = blocks.pipeline((*PIPELINE, extra))
    assert "audit" in drawn and "auditor" in drawn and drawn not in README


def test_every_setting_is_explained(blocks: ModuleType) -> None:
    known = [key for key, _ in blocks.defaults()]
    assert sorted(known) == sorted(blocks.KEYS)
    assert [key for key in known if f"| `{key}` |" not in README] == []


def test_every_command_is_documented() -> None:
    headings = re.findall(r"^### `harness ([a-z-]+)", section("Commands"), re.MULTILINE)
    assert list(dict.fromkeys(headings)) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = CliRunner().invoke(group, [command, "--help"])
    assert done.exit_code == 0, done.output
    assert f"Usage: harness {command}" in done.output.replace("Usage: group", "Usage: harness")
    assert done.output.count("\n") > 4


def test_every_option_explains_itself() -> None:
    silent = []
    for name in COMMANDS:
        for option in found(name).params:
            if isinstance(option, click.Option) and not (option.help or option.show_default):
                silent.append(f"{name} {option.opts[0]}")
    assert silent == []


def test_every_tool_is_documented() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("Tools"), re.MULTILINE) == list(TOOLS)


def test_every_gate_is_documented() -> None:
    assert re.findall(r"^### (\S+)$", section("Gates"), re.MULTILINE) == [gate.name for gate in GATES]
    assert {gate.name for gate in GATES} == set(ALL_GATES) == set(RULES) == set(TITLES)
    assert {gate.name: gate.title for gate in GATES} == TITLES


def test_every_role_is_documented() -> None:
    assert re.findall(r"^### (\S+)$", section("Roles"), re.MULTILINE) == ROLES


def test_every_event_is_documented(blocks: ModuleType) -> None:
    names = [kind.model_fields["type"].default for kind in blocks.kinds()]
    assert re.findall(r"^\| `(\w+)` \|", section("Events"), re.MULTILINE) == names
    assert all(blocks.docstrings(blocks.event)[kind.__name__] for kind in blocks.kinds())


def found(name: str) -> click.Command:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


def calls() -> Iterator[tuple[str, list[str]]]:
    """(page, words) of every call of the command in a code block or in backticks."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for line in re.findall(r"^harness .*$", text, re.MULTILINE):
            yield page, shlex.split(line, comments=True)[1:]
        for line in re.findall(r"`harness ([^`\n]+)`", text):
            yield page, shlex.split(line.split(" [")[0])


def test_calls_in_the_pages_are_possible() -> None:
    """A command or an option that the code does not have is a claim that it does not keep."""
    seen, wrong = set(), []
    for page, words in calls():
        name = words[0]
        if name not in COMMANDS:
            wrong += [f"{page}: harness {name}"] if name not in ("COMMAND", "--help", "--version") else []
            continue
        seen.add(name)
        command = found(name)
        if isinstance(command, click.Group) and len(words) > 1 and words[1] not in ("--help", "-h"):
            if words[1] not in command.commands:
                wrong.append(f"{page}: harness {' '.join(words)}")
                continue
            command = command.commands[words[1]]
        theirs = GRAMMARS[words[1]].options if name == "openspec" and words[1:2] and words[1] in GRAMMARS else ()
        known = {"--help", *(flags.split()[0] for flags, _ in theirs)}
        known |= {opt for p in command.params for opt in (*p.opts, *p.secondary_opts)}
        wrong += [f"{page}: harness {' '.join(words)}" for word in words if word[:1] == "-" and word not in known]
    assert wrong == []
    assert seen == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_exit_codes_are_documented() -> None:
    from harness import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HarnessError)]
    table = README.split("## Exit codes")[1].split("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert documented == {kind.exit_code for kind in kinds} | {0, 130}


def test_the_two_commands_are_targets() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^make (\w+)", README, re.MULTILINE)
    assert commands == ["demo", "test"]
    assert all(re.search(rf"^{name}:", made, re.MULTILINE) for name in commands)


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == __version__
    assert re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


def test_the_architecture_page_is_short() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    for name in re.findall(r"`(?:harness/)?((?:engine|flow|cli|gates|tools|workspace)/[\w/]+\.py)`", text):
        assert "NAME" in name or (ROOT / "harness" / name).is_file(), name


def test_there_are_specifications() -> None:
    names = {path.parent.name for path in SPECS}
    assert names >= {"pipeline", "gates", "record", "replay", "sandbox", "command-line"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_a_specification_has_the_form(path: Path) -> None:
    """OpenSpec's own form: a purpose, requirements that oblige, and a scenario for each."""
    text = path.read_text(encoding="utf-8")
    purpose = re.search(r"^## Purpose\n(.*?)^## Requirements$", text, re.MULTILINE | re.DOTALL)
    assert purpose and len(purpose[1].strip()) >= 50
    parts = re.split(r"^### Requirement: ", text, flags=re.MULTILINE)[1:]
    assert parts
    for part in parts:
        name = part.splitlines()[0]
        body, *scenarios = re.split(r"^#### Scenario: ", part, flags=re.MULTILINE)
        assert re.search(r"\b(SHALL|MUST)\b", body), name
        assert scenarios, name
        assert all("**WHEN**" in each and "**THEN**" in each for each in scenarios), name
    titles = [part.splitlines()[0].casefold() for part in parts]
    assert len(titles) == len(set(titles))


def test_the_minutes_have_the_form() -> None:
    """Named and numbered without a gap; with the sections that the charter asks for."""
    files = sorted((ROOT / "TBC/minutes").glob("*"))
    numbers = [int(m[1]) for path in files if (m := re.fullmatch(r"TBC-MIN-(\d{3})-\d{4}-\d\d-\d\d\.md", path.name))]
    assert numbers == list(range(1, len(files) + 1)) and numbers
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert all(
            part in text for part in ("- Attendees:", "- Agenda:", "## Discussion", "## Decisions", "## Actions")
        )
    assert "authorized" in (ROOT / "TBC/charter.md").read_text(encoding="utf-8")


def test_the_backlog_names_changes() -> None:
    text = (ROOT / "openspec/backlog.md").read_text(encoding="utf-8")
    rows = re.findall(r"^- \[[ x]\] ([a-z0-9-]+): .+$", text, re.MULTILINE)
    assert rows and len(rows) == len(set(rows)) == len(re.findall(r"^- ", text, re.MULTILINE))


def test_the_picture_is_a_screen_of_a_run() -> None:
    """It shows what the code draws now, and loads nothing from elsewhere."""
    svg = (ROOT / "docs/run.svg").read_text(encoding="utf-8")
    shown = [
        html.unescape("".join(node.itertext())).replace("\xa0", " ") for node in ElementTree.fromstring(svg).iter()
    ]
    steps = next(line for line in shown if line.startswith("1✓"))
    assert [int(number) for number in re.findall(r"\d+", steps)] == sorted({row.step for row in PIPELINE})
    assert any(f" {row.title}]" in steps for row in PIPELINE)
    gates = {match[1] for line in shown if (match := re.match(r" +gate (\w+): ", line))}
    assert gates and gates <= set(ALL_GATES)
    assert "![" in README and "(docs/run.svg)" in README
    assert set(re.findall(r"https?://[^\s\"')]+", svg)) <= {"http://www.w3.org/2000/svg"}
