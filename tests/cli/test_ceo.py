"""The question at a terminal, answered through a pseudo-terminal or a pipe, with what it shows."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cli import plain
from harness.cli.about import about, claimed, slowest
from harness.cli.ceo import Terminal
from harness.cli.keyboard import Keyboard
from harness.cli.look import Sight, find, gates, said, verdict
from harness.domain.decision import Decision
from harness.domain.digest import digest
from harness.domain.event import Answered, Asked, Entered, Event
from harness.flow.shown import NO_SPEC
from harness.journal.sqlite import SqliteJournal, Store
from tests.cli.conftest import ROOT

SUBJECT = "ab" * 32
DETAIL: dict[str, Any] = {
    "what": "merge feature/x to develop",
    "subject": SUBJECT,
    "about": {},
    "verbs": ["approve", "return", "abandon"],
    "returns": ["implement", "qa"],
    "least": 0.0,
}
LATENCY = {"GET /a p50 ms": 1.0, "GET /a p95 ms": 2.0, "GET /b p50 ms": 3.0, "GET /b p95 ms": 9.5}


def asked(**over: Any) -> Asked:
    return Asked(key="approval/1/x", kind="human", question="q", detail={**DETAIL, **over})


def nobody() -> None:
    return None


def terminal(descriptor: int, *, held: str = "", sights: Sequence[Sight] = ()) -> Terminal:
    return Terminal(
        keys=Keyboard(descriptor),
        sights=lambda: list(sights),
        reports=dict,
        held=lambda: held,
        pause=lambda: None,
        resume=lambda: None,
    )


@pytest.fixture
def pseudo() -> Iterator[tuple[int, int]]:
    """(the person's end, the program's end) of a terminal."""
    leader, follower = pty.openpty()
    yield leader, follower
    os.close(leader)
    os.close(follower)


def typed(text: str, held: str = "", sights: Sequence[Sight] = (), **over: Any) -> Decision | None:
    """What comes of `text`, given as input."""
    source, sink = os.pipe()
    os.write(sink, text.encode())
    os.close(sink)
    try:
        return terminal(source, held=held, sights=sights).ask(asked(**over), nobody)
    finally:
        os.close(source)


# ---------------------------------------------------------------- keys


def test_keys_typed_before_the_question_decide_nothing(pseudo: tuple[int, int]) -> None:
    leader, follower = pseudo
    os.write(leader, b"approve\n\napprove\nyes\n")
    elsewhere = Decision(subject=SUBJECT, verb="abandon", by="from elsewhere")
    assert terminal(follower).ask(asked(), lambda: elsewhere) == elsewhere


def test_keys_typed_after_it_decide(pseudo: tuple[int, int], capsys: pytest.CaptureFixture[str]) -> None:
    leader, follower = pseudo
    keys = Keyboard(follower)
    keys.drop()
    os.write(leader, "zurück, und später\nmore\n".encode())
    assert [keys.line(nobody), keys.line(nobody)] == ["zurück, und später", "more"]
    os.write(leader, b"late")
    os.write(leader, b"\nnot read\n")
    keys.drop()
    os.write(leader, b"\x04")
    assert keys.line(nobody) is None


def test_echo_is_off_while_lines_are_drawn_and_comes_back(pseudo: tuple[int, int]) -> None:
    _, follower = pseudo
    before = termios.tcgetattr(follower)
    keys = Keyboard(follower)
    for _ in range(2):
        keys.quiet()
        keys.quiet()
        assert not termios.tcgetattr(follower)[3] & termios.ECHO
        keys.loud()
        keys.loud()
        assert termios.tcgetattr(follower) == before
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_echo_comes_back_when_the_program_is_asked_to_end(pseudo: tuple[int, int]) -> None:
    _, follower = pseudo
    before = termios.tcgetattr(follower)
    code = (
        "import os, signal, termios\nfrom harness.cli.keyboard import Keyboard\nkeys = Keyboard(0)\nkeys.quiet()\n"
        "assert not termios.tcgetattr(0)[3] & termios.ECHO\nos.kill(os.getpid(), signal.SIGTERM)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdin=follower, cwd=ROOT, timeout=30, check=False)
    assert done.returncode == -signal.SIGTERM and termios.tcgetattr(follower) == before


def drawn(code: str, columns: int) -> str:
    """What `code` writes to a terminal of that width."""
    leader, follower = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(columns), "LINES": "40"}
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=follower, stdin=follower)
    os.close(follower)
    seen = b""
    try:
        while chunk := os.read(leader, 65536):
            seen += chunk
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(leader)
    assert child.wait(30) == 0
    return seen.decode().replace("\r\n", "\n")


def test_drawing_again_leaves_what_was_printed_meanwhile() -> None:
    seen = drawn(
        "from harness.cli.render import Board, say\n"
        "board = Board(lambda: [('', 'one'), ('', 'two'), ('', 'three')])\n"
        "board.start()\nboard.stop()\nsay('KEEP')\nboard.start()\nboard.stop()",
        80,
    )
    after = seen.partition("KEEP")[2]
    assert "three" in after and "\x1b[1A" not in after.partition("one")[0]


def test_lines_break_between_words_and_go_on_below_their_text() -> None:
    seen = drawn(
        "from harness.cli import render\n"
        "render.say('    7  12:00  one sentence that is too long here', 14)\n"
        "render.block('title', ['  name: several words that do not fit into one', 'harness approve x --digest ' "
        "+ 'a' * 30])",
        40,
    )
    assert seen.splitlines()[:6] == [
        "    7  12:00  one sentence that is too",
        " " * 14 + "long here",
        "\x1b[1mtitle\x1b[0m",
        "    name: several words that do not fit",
        " " * 8 + "into one",
        "  harness approve x --digest " + "a" * 30,
    ]


# ---------------------------------------------------------------- the question


def test_a_wrong_step_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    decision = typed("return\nnowhere\nreturn\nqa\nMore tests.\n")
    assert decision and (decision.verb, decision.to, decision.comment) == ("return", "qa", "More tests.")
    shown = capsys.readouterr().out
    assert "nowhere is no step that it can go back to: implement, qa" in shown
    assert shown.count("what should change > ") == 1


def test_moving_a_checked_out_branch_is_asked_about_only_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    free = typed("approve\n")
    assert free and not free.update_checkout and "checked out" not in capsys.readouterr().out
    moved = typed("approve\nyes\n", held="/home/ada/sample")
    assert moved and moved.update_checkout and "checked out in /home/ada/sample" in capsys.readouterr().out
    left = typed("approve\nno\n", held="/home/ada/sample")
    assert left and not left.update_checkout
    assert typed("approve\n", held="/home/ada/sample") is None, "the end of the input is no approval"


def test_a_cap_is_a_number_that_is_high_enough(capsys: pytest.CaptureFixture[str]) -> None:
    decision = typed("approve\nmuch\napprove\n4\napprove\n6.5\n", what="raise the cap", least=5.0)
    assert decision and decision.cap == 6.5
    assert capsys.readouterr().out.count("the cap has to be a number") == 2


def test_looking_lists_shows_one_and_comes_back_to_the_decision(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Sight("a/design.md", "3 lines", lambda: "DESIGN\x1b[2J"), Sight("diff", "1 files", lambda: "DIFF")]
    assert typed("look\nlook 2\nlook design.md\nlook 3\nlater\n", sights=rows) is None
    shown = capsys.readouterr().out
    assert " 1  a/design.md  (3 lines)" in shown and " 2  diff  (1 files)" in shown
    assert "│ === diff\n│ DIFF\nThe CEO decides" in shown and "│ === a/design.md\n│ DESIGN\ufffd[2J\n" in shown
    assert "there is no 3 to look at" in shown and shown.count("The CEO decides") == 3
    assert find(rows, "0") is None and find(rows, "x") is None


def test_texts_to_look_at_hold_what_a_decision_rests_on() -> None:
    row = {"criterion": "dry", "answer": "met", "why": "It is so.", "evidence": ["a.py:1"]}
    text = verdict({"decision": "approve", "summary": "Fine.", "criteria": [row], "architecture": []})
    assert text == "approve: Fine.\n\ndry: met\n  It is so.\n  - a.py:1"
    assert said({"decision": "return", "head": "a" * 40, "summary": "No.", "corrections": ["b.py:2: do"]}) == (
        f"return at {'a' * 12}: No.\n- b.py:2: do"
    )
    report = {
        "result": "failed", "reason": "one", "command": "make", "figures": {"tests": 3},
        "findings": [{"rule": "r", "text": "wrong", "path": "c.py", "line": 4}],
    }  # fmt: skip
    assert gates({"tests": report}) == "tests: failed: one\n  $ make\n  tests 3\n  - c.py:4: wrong"


# ---------------------------------------------------------------- what is decided on


def test_what_a_person_needs_comes_first_and_digests_last() -> None:
    reports = {
        "tests": {
            "result": "passed", "reason": "",
            "figures": {"exit code": 0, "seconds": 1, "tests": 9, "failed": 0, "error": 0, "skipped": 1},
        },
        "latency": {"result": "passed", "reason": "", "figures": LATENCY},
    }  # fmt: skip
    given = {
        "candidate": {"develop": "c" * 40, "tree": "d" * 40, "conflicts": [], "spec_moved": False},
        "gates": {"tests": "passed (exit code 0, seconds 1, tests 9)", "latency": "passed (GET /a p50 ms 1.0)"},
        "reports": digest(reports),
        "verdict": {"decision": "approve", "summary": "It is in order."},
        "verdict digest": "e" * 64,
        "not applicable": {"lint": "not applicable: harness.toml does not name it", "spec": "not applicable to all"},
        "not provokable": {"GET /a 503": "needs a broken disk"},
    }
    lines = about({**DETAIL, "about": given}, reports)
    assert lines == [
        "verdict: approve",
        "  It is in order.",
        "gates:",
        "  tests: passed (tests 9, failed 0, skipped 1)",
        "  latency: passed (slowest of 2: GET /b, 95th percentile 9.5 ms)",
        "not applicable: 2 gates, lint, spec",
        "not provokable:",
        "  GET /a 503: needs a broken disk",
        "can go back to: implement, qa",
        f"subject {SUBJECT}",
        f"candidate: develop {'c' * 12}…, tree {'d' * 12}…",
        f"reports: {digest(reports)[:12]}…",
        f"verdict digest: {'e' * 12}…",
    ]


def test_reports_other_than_those_decided_on_are_not_shown() -> None:
    given = {"gates": {"latency": "passed (GET /a p50 ms 1.0)", "scope": "failed"}, "reports": "f" * 64}
    lines = about({**DETAIL, "about": given}, {"latency": {"result": "passed", "figures": LATENCY}})
    assert lines[:3] == ["gates:", "  latency: passed", "  scope: failed"]
    assert slowest({}) == ""


def test_what_is_odd_about_a_candidate_is_said() -> None:
    given = {"candidate": {"tree": "d" * 40, "conflicts": ["a.py"], "spec_moved": True}}
    assert about({**DETAIL, "about": given})[:3] == ["candidate:", '  conflicts: ["a.py"]', "  spec_moved: true"]


# ---------------------------------------------------------------- the timeline


def test_a_tool_is_shown_by_its_call_and_what_went_wrong(tmp_path: Path) -> None:
    calls = [
        {"type": "tool_use", "name": "view", "input": {"path": "a.py"}},
        {"type": "tool_use", "name": "bash", "input": {"command": "make"}},
    ]
    events: list[Event] = [
        Answered(key="qa/1/1", kind="model", question="q", answer={"content": calls}),
        Answered(key="qa/1/1/0", kind="tool", question="q", answer={"text": "     1\tx = 1"}),
        Answered(key="qa/1/1/1", kind="tool", question="q", answer={"text": "exit 2\nlong", "code": 2}),
        Answered(key="qa/1/2/0", kind="tool", question="q", answer={"text": "Not accepted:\n- so", "error": True}),
        Answered(key="qa/1/3/0", kind="tool", question="q", answer={"text": "handed in; the gates measure it now"}),
        Answered(key="review/1/3/0", kind="tool", question="q", answer={"text": "handed in; the gates measure it now"}),
        Entered(stage="implement", attempt=2, head="a" * 40, why="a long reason"),
    ]
    journal = SqliteJournal(Store(tmp_path / "journal.db"), "x", lambda: 0.0)
    said = [text[14:] for event in events if (text := plain.line(journal.append(event)))]
    assert said == [
        "  (1) view a.py; (2) bash make",
        "  → (2) exit 2",
        "  → error: Not accepted: - so",
        "  handed in; the gates measure it now",
        "  verdict handed in",
        "step 6 Implementation, attempt 2",
    ]


def test_what_authors_only_claim_is_told_apart() -> None:
    given = {
        "summary:implement": "It is small. It was merged and deployed.",
        "summary:qa": "Nothing was merged.",
        "x": 1,
    }
    assert claimed(given) == ["claimed in the summary of Implementation, on no record: It was merged and deployed."]
    assert said({"decision": "", "head": "a" * 40, "summary": given["summary:implement"]}) == (
        f" at {'a' * 12}: It is small. [claimed] It was merged and deployed."
    )
    told = about({"what": "the consultant waits", "about": {"said": "It was released."}, "subject": "s"})
    assert "said: [claimed] It was released." in told


def test_a_requirement_is_named_once() -> None:
    moved = {"greeting: Hello": "greeting: Hello: develop changed it."}
    told = about({"what": "implement", "about": {"changed on develop": moved}, "subject": "s"})
    assert "  greeting: Hello: develop changed it." in told


def test_a_merge_that_changes_no_spec_says_so() -> None:
    def told(specs: list[str]) -> list[str]:
        return about({"what": "merge", "about": {"candidate": {"head": "a" * 40, "specs": specs}}, "subject": "s"})

    assert NO_SPEC in told([]) and NO_SPEC not in told(["openspec/specs/a/spec.md"])
