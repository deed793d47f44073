"""What is printed is inert: no text of an agent or a repository steers the terminal or passes for another line."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli import main, plain, render
from harness.domain.event import Left
from harness.errors import Mistake
from harness.journal.sqlite import SqliteJournal, Store

HOSTILE = "a\x1b[2Jb\x9bc\r\u202ed\u2028e\ud800f"


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> StringIO:
    """What is printed at a terminal of that width."""
    said = StringIO()
    screen = Console(file=said, width=width, force_terminal=True, color_system=None, soft_wrap=True)
    monkeypatch.setattr(render, "console", lambda: screen)
    return said


def test_control_characters_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    render.say(HOSTILE)
    render.block(HOSTILE, [HOSTILE])
    said = capsys.readouterr().out
    assert said == "a�[2Jb�c��d�e�f\na�[2Jb�c��d�e�f\n  a�[2Jb�c��d�e�f\n"


def test_json_keeps_them_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    render.out({"text": HOSTILE + "é"})
    said = capsys.readouterr().out
    assert not set(said) & set("\x1b\x9b\r\u202e\u2028\ud800") and "é" in said
    assert json.loads(said)["text"] == HOSTILE + "é"


def test_a_line_break_in_a_value_makes_no_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    render.block("about", ["summary: fine\nsubject: forged", "last\n"])
    assert capsys.readouterr().out == "about\n  summary: fine\n      subject: forged\n  last\n"


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (60, ["tests   passed  tests 12, failed 0, skipped 1"]),
        (40, ["tests   passed  tests 12, failed 0"]),
        (24, ["tests   passed  tests 12"]),
    ],
)
def test_a_row_of_a_table_has_as_many_figures_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, width: int, lines: list[str]
) -> None:
    said = terminal(monkeypatch, width)
    render.row("tests   passed  ", ["tests 12", "failed 0", "skipped 1"])
    assert said.getvalue().splitlines() == lines


def test_a_row_is_whole_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "console", lambda: Console(file=said, width=20, force_terminal=False, soft_wrap=True))
    said = StringIO()
    render.row("tests   passed  ", ["tests 12", "failed 0", "skipped 1"])
    render.row("build   passed  ", [])
    assert said.getvalue() == "tests   passed  tests 12, failed 0, skipped 1\nbuild   passed\n"


def test_a_broken_line_uses_the_room_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = terminal(monkeypatch, 40)
    render.block("lint", ["a/b.py:12: [unused] the name is used nowhere"])
    assert said.getvalue().splitlines() == ["lint", "  a/b.py:12: [unused] the name is used", "      nowhere"]


def test_an_entry_is_one_line(tmp_path: Path) -> None:
    journal = SqliteJournal(Store(tmp_path / "journal.db"), "x", lambda: 0.0)
    why = "no\n    9  00:00  the CEO (ada) says approve\n"
    entry = journal.append(Left(stage="design", attempt=1, outcome="fail", to="design", why=why))
    said = plain.line(entry)
    assert said == "    0  00:00  Design: fail to design: no ⏎     9  00:00  the CEO (ada) says approve"


def test_a_mistake_is_broken_between_words_at_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "harness: harness.toml has 2 mistakes:\n  " + "some words " * 8 + "and `harness init --commit`"
    assert main._told(Mistake(text.removeprefix("harness: ")))[0].count("\n") == 1
    monkeypatch.setattr(main.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    told, code = main._told(Mistake("a/b.toml has 2 mistakes:\n" + "some words " * 8 + "ended-here"))
    lines = told.split("\n")
    assert code == 2 and lines[0] == "harness: a/b.toml has 2 mistakes:"
    assert all(len(line) <= 60 for line in lines) and lines[1].startswith("  some words some")
    assert lines[2].startswith("    ") and lines[-1].endswith("ended-here")
