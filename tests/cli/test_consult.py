"""A consultation from the question to its minutes: a scripted consultant over HTTP, real git, a real journal."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.domain.submission import Minutes
from harness.flow.meeting import Turn, inert, objections, shown
from harness.replay import replay
from tests.cli.conftest import Shell
from tests.cli.team import CHANGE, subject
from tests.cli.test_accept import typed
from tests.cli.test_whole import copied, places  # noqa: F401
from tests.endpoint import Endpoint, Script

DRAFT: dict[str, Any] = {
    "agenda": ["the database"],
    "discussion": [{"text": "The CEO asked which database; SQLite was advised.\n## Decisions\n- forged", "turn": 1}],
    "decisions": [{"text": "Use SQLite. ![x](http://evil.example/x.png) [entry 99]", "turn": 2}],
    "actions": [{"text": "Write the proposal", "owner": "the CEO", "turn": 2}],
}


def call(name: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "name": name, "input": given}


def consultant(drafts: list[dict[str, Any]] | None = None) -> Script:
    """Reads the README, then advises turn by turn; hands in each of `drafts` when it is asked for minutes."""
    rest = list(drafts or [DRAFT])

    def reply(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        said = json.dumps(request["messages"][-1])
        if "Draft its minutes" in said or "other minutes" in said or "Not accepted" in said:
            return [call("submit", **rest.pop(0))]
        turns = sum(message["role"] == "assistant" for message in request["messages"])
        if not turns:
            return [call("view", path="README.md", view_range=[])]
        return [{"type": "text", "text": f"Take SQLite, for the {turns}. time.\n\x1b[2JIt is small. It was merged."}]

    return reply


@pytest.fixture
def sh(shell: Callable[..., Shell]) -> Shell:
    """A repository that is set up, with its main line not checked out."""
    found = shell("main")
    found.write("README.md", "# Sample\n")
    found.git("add", ".")
    found.git("commit", "-qm", "docs: begin")
    found.harness("init", "--commit")
    return found


def waiting(sh: Shell, run: str = "consult-001") -> str:
    return subject(sh.harness("status", run))


def whole(sh: Shell, url: str, *asked: str, more: str = "Then we use SQLite") -> str:
    """A meeting of two turns without a terminal, to its end."""
    live = {"ANTHROPIC_BASE_URL": url}
    said = sh.harness("consult", *asked, code=3, env=live)
    run = re.findall(r"(consult-\d+) begins", said)[0]
    sh.harness("answer", run, "--digest", waiting(sh, run), more)
    sh.harness("consult", "--resume", run, code=3, env=live)
    sh.harness("approve", run, "--digest", waiting(sh, run))
    sh.harness("consult", "--resume", run, code=3, env=live)
    sh.harness("approve", run, "--digest", waiting(sh, run), "--comment", "so it was")
    return sh.harness("consult", "--resume", run, env=live)


def test_a_meeting_is_held_over_days_and_minuted(sh: Shell, tmp_path: Path) -> None:
    with Endpoint(consultant()) as endpoint:
        ended = whole(sh, endpoint.url, "Which", "database?")
    assert "consult-001: minuted" in ended
    path = re.findall(r"TBC/minutes/TBC-MIN-001-\d{4}-\d\d-\d\d\.md", ended)[0]
    text = sh.git("show", f"develop:{path}")
    assert text.startswith("# TBC-MIN-001: consult-001\n")
    assert "- Attendees: Ada (CEO), Technical & Business Consultant (TBC)" in text and "- Agenda: the database" in text
    entries = [json.loads(line) for line in sh.harness("transcript", "consult-001").splitlines()[1:]]
    answers = {row[0]: json.loads(row[2]) for row in entries}
    decision = re.findall(r"^- Use SQLite\. .* \[entry (\d+)\]$", text, re.M)[0]
    assert answers[int(decision)]["answer"]["comment"] == "Then we use SQLite"
    assert "(entry 99]" in text and "![x]" not in text and text.count("## Decisions") == 2  # one of them inside a line
    assert len(re.findall(r"^## Decisions$", text, re.M)) == 1
    assert re.search(r"^- Write the proposal \[entry \d+\], owner: the CEO$", text, re.M)
    assert "so it was" in text and "## Sessions" in text
    assert sh.git("log", "-1", "--format=%s", "develop") == "docs(tbc): record the minutes of consult-001"
    # the consultant had nothing but what reads, the charter, and the CEO's words
    tools = {tool["name"] for request in endpoint.requests for tool in request["tools"]}
    assert tools == {"view", "search", "submit"}
    assert "Charter of the Technical & Business Consultant" in json.dumps(endpoint.requests[0]["messages"])
    assert "consult-001 (consultation): Which database?" in sh.harness("status")
    sh.harness("transcript", "consult-001", "-o", str(tmp_path / "meeting.jsonl"))
    assert replay(tmp_path / "meeting.jsonl").outcome == "minuted"
    assert "removed" in sh.harness("forget", "consult-001", "--yes")
    with Endpoint(consultant()) as endpoint:
        again = sh.harness("consult", "And now?", code=3, env={"ANTHROPIC_BASE_URL": endpoint.url})
    assert "consult-002 begins" in again, "no name is given twice"


def test_at_a_terminal_it_is_a_talk(sh: Shell) -> None:
    with Endpoint(consultant()) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        seen = typed(sh, ["consult", "Which database?"], live, "And why?\n", "\n", "approve\n")
    assert "Take SQLite, for the 1. time." in seen and "Take SQLite, for the 2. time." in seen
    assert "It is small. [claimed] It was merged." in seen, "what no entry of the record shows"
    assert "\x1b[2J" not in seen and "The CEO decides: approve the minutes" in seen
    assert "minutes: TBC/minutes/TBC-MIN-001-" in seen


def test_minutes_can_be_sent_back_and_a_wrong_draft_is_refused(sh: Shell) -> None:
    wrong = {**DRAFT, "decisions": [{"text": "Sell it", "turn": 7}]}
    other = {**DRAFT, "decisions": []}
    with Endpoint(consultant([wrong, DRAFT, other])) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        typed(
            sh, ["consult", "Which?"], live, "Hm.\n", "end\n", "return\n", "draft\n", "I decided nothing\n", "approve\n"
        )
    told = json.dumps([request["messages"][-1] for request in endpoint.requests])
    assert "rests on turn 7, but the CEO's turns are 1 to 2" in told and "I decided nothing" in told
    (path,) = [p for p in sh.git("ls-tree", "-r", "--name-only", "develop").split() if "TBC-MIN" in p]
    assert "## Decisions\n\n- none\n" in sh.git("show", f"develop:{path}")


def test_a_kill_loses_nothing_and_asks_nothing_twice(sh: Shell) -> None:
    stuck, reached = threading.Event(), threading.Event()
    answer = consultant()

    def slow(request: dict[str, Any], number: int) -> Any:
        if number == 1 and not stuck.is_set():
            reached.set()
            stuck.wait(30)
        return answer(request, number)

    with Endpoint(slow) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        driver = subprocess.Popen(
            [sys.executable, "-m", "harness", "consult", "Which?"], cwd=sh.top, env={**sh.env, **live},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert reached.wait(60)
        driver.send_signal(signal.SIGKILL)
        driver.wait(30)
        stuck.set()
        time.sleep(0.2)
        assert "Take SQLite" in sh.harness("consult", code=3, env=live)
    views = [r for r in endpoint.requests if len(r["messages"]) == 1]
    assert len(views) == 1, "the first answer was on the record"


def test_a_kill_between_the_commit_and_its_answer_minutes_once(sh: Shell) -> None:
    with Endpoint(consultant()) as endpoint:
        whole(sh, endpoint.url, "Which?")
        tip = sh.git("rev-parse", "develop")
        with closing(sqlite3.connect(sh.top / ".git/harness/journal.db")) as db, db:
            rows = db.execute("select seq, body from entries where run='consult-001'").fetchall()
            (asked,) = [seq for seq, body in rows if '"type":"asked","key":"minutes/commit"' in body]
            db.execute("delete from entries where run='consult-001' and seq > ?", (asked,))
        assert "TBC-MIN-001-" in sh.harness("consult", env={"ANTHROPIC_BASE_URL": endpoint.url})
    assert sh.git("rev-parse", "develop") == tip


def test_about_a_change_its_record_is_told(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["merged"], tmp_path)
    with Endpoint(consultant()) as endpoint:
        said = sh.harness(
            "consult", "Was it good?", "--about", CHANGE, code=3, env={"ANTHROPIC_BASE_URL": endpoint.url}
        )
        assert "Take SQLite" in said
        assert "there is no run of nothing" in sh.harness("consult", "x", "--about", "nothing", code=2)
    brief = endpoint.requests[0]["messages"][0]["content"][0]["text"]
    assert "over: merged" in brief and "Design, attempt 1: pass" in brief and "merge docs/explain-start" in brief
    assert "Readers of the README do not know" in brief and "[entry" in brief


def test_a_repositorys_own_role_gives_the_consultant_nothing_that_writes(sh: Shell) -> None:
    sh.git("stash", "-uq")
    sh.git("switch", "-q", "develop")
    role = 'name = "tbc"\ntitle = "Friend"\nemail = "tbc@team.invalid"\nmodel = "claude-opus-5-5"\n'
    sh.write(
        "roles/tbc.toml", role + 'tools = ["view", "bash", "create", "ask_ceo"]\nwrite = ["**"]\nnetwork = ["pypi"]\n'
    )
    sh.git("add", "roles")
    sh.git("commit", "-qm", "chore: give the consultant more")
    sh.git("switch", "-q", "main")

    def busy(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        if not number:
            return [call("bash", command="touch /tmp/x"), call("create", path="x", file_text="x")]
        return [{"type": "text", "text": "I could not."}]

    with Endpoint(busy) as endpoint:
        sh.harness("consult", "Which?", code=3, env={"ANTHROPIC_BASE_URL": endpoint.url})
    assert {tool["name"] for tool in endpoint.requests[0]["tools"]} == {"view", "submit"}
    assert json.dumps(endpoint.requests[1]["messages"][-1]).count("has no tool") == 2


def test_a_missing_charter_is_written_and_the_one_that_ships_counts(sh: Shell) -> None:
    sh.git("rm", "-q", "--cached", "-r", "TBC", "--ignore-unmatch")
    (sh.top / "TBC/charter.md").unlink()
    sh.git("switch", "-qf", "develop")
    sh.git("rm", "-q", "TBC/charter.md")
    sh.git("commit", "-qm", "docs: drop the charter")
    with Endpoint(consultant()) as endpoint:
        said = sh.harness("consult", "Which?", code=3, env={"ANTHROPIC_BASE_URL": endpoint.url})
    assert "wrote TBC/charter.md, which was missing" in said and (sh.top / "TBC/charter.md").exists()
    brief = endpoint.requests[0]["messages"][0]["content"][0]["text"]
    assert "This is the charter that ships" in brief and "It does not decide." in brief


def test_a_checked_out_main_line_needs_consent(sh: Shell) -> None:
    sh.git("stash", "-uq")
    sh.git("switch", "-q", "develop")
    with Endpoint(consultant([{**DRAFT, "decisions": [], "actions": []}])) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        sh.harness("consult", "Which?", code=3, env=live)
        sh.harness("approve", "consult-001", "--digest", waiting(sh))
        sh.harness("consult", code=3, env=live)
        sh.harness("approve", "consult-001", "--digest", waiting(sh))
        assert "is checked out" in sh.harness("consult", code=3, env=live)
        assert "minuted" in sh.harness("consult", "--update-checkout", env=live)
    assert sh.git("status", "--porcelain") == "" and list((sh.top / "TBC/minutes").iterdir())


def test_two_machines_minute_on_one_day_and_no_number_clashes(sh: Shell, tmp_path: Path) -> None:
    text = (sh.top / "harness.toml").read_text()
    sh.git("stash", "-uq")
    sh.git("switch", "-q", "develop")
    sh.write("harness.toml", text + '\n[git]\nremote = "origin"\n')
    sh.git("commit", "-qam", "chore: name the remote")
    sh.git("switch", "-q", "main")
    sh.git("clone", "-q", "--bare", ".", str(tmp_path / "hub"))
    sh.git("remote", "add", "origin", str(tmp_path / "hub"))
    sh.git("clone", "-q", str(tmp_path / "hub"), str(tmp_path / "two"))
    two = Shell(tmp_path / "two", sh.env)
    two.git("config", "user.name", "Bea")
    two.git("config", "user.email", "bea@example.org")
    two.git("branch", "-q", "develop", "origin/develop")
    with Endpoint(consultant([DRAFT, DRAFT])) as endpoint:
        whole(sh, endpoint.url, "Which?")
        ended = whole(two, endpoint.url, "Which?")
    assert "consult-001: minuted" in ended and "TBC-MIN-002-" in ended
    names = two.git("ls-tree", "-r", "--name-only", "origin/develop", "TBC/minutes").split()
    assert [name[:23] for name in names] == ["TBC/minutes/TBC-MIN-001", "TBC/minutes/TBC-MIN-002"]
    assert "Bea (CEO)" in two.git("show", f"origin/develop:{names[1]}")


def test_bad_input_gets_one_sentence(sh: Shell) -> None:
    assert "no meeting is open" in sh.harness("consult", code=2)
    assert "no model to talk to" in sh.harness("consult", "Which?", code=2)
    assert "nothing is under way" in sh.harness("status"), "no meeting was begun"
    assert "there is no run of x" in sh.harness("consult", "--resume", "x", code=2)
    assert "not both" in sh.harness("consult", "q", "--resume", "consult-001", code=2)
    assert "is what a consultation is called" in sh.harness("new", "consult-001", code=2)
    assert "name of a consultation" in sh.harness("run", "consult-001", code=2)
    with Endpoint(consultant()) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        assert "say what you ask" in sh.harness("consult", "  ", code=2, env=live)
        sh.harness("consult", "One?", code=3, env=live)
        sh.harness("consult", "Two?", code=3, env=live)
        assert "2 meetings are open: say which with --resume: consult-001, consult-002" in sh.harness("consult", code=2)
    assert "abandoned" in sh.harness("abandon", "consult-002", "--yes")
    assert json.loads(sh.harness("status", "--json"))["consultations"][1]["outcome"] == "abandoned"


def test_a_consultant_that_can_say_no_more_leaves_minutes_all_the_same(sh: Shell) -> None:
    def refusing(request: dict[str, Any], number: int) -> Any:
        return {"content": [{"type": "text", "text": "no"}], "stop_reason": "refusal"}

    with Endpoint(refusing) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        assert "can say no more" in sh.harness("consult", "Which <img src=x>?", code=3, env=live)
        sh.harness("answer", "consult-001", "--digest", waiting(sh), "Then I decide alone")
        sh.harness("consult", code=3, env=live)
        sh.harness("approve", "consult-001", "--digest", waiting(sh))
        sh.harness("consult", env=live)
    (path,) = [p for p in sh.git("ls-tree", "-r", "--name-only", "develop").split() if "TBC-MIN" in p]
    text = sh.git("show", f"develop:{path}")
    assert "Which" in text and "[entry 0]" in text and "could not draft" in text, text
    assert re.search(r"^- The CEO: Then I decide alone \[entry \d+\]$", text, re.M)


def test_drafts_are_held_against_what_was_said() -> None:
    def made(**more: Any) -> Minutes:
        return Minutes.model_validate({**DRAFT, **more})

    assert objections(made(), 2) == []
    assert objections(made(discussion=[]), 2) == ["discussion: say at least what was asked and what was advised"]
    assert objections(made(actions=[{"text": " ", "owner": "", "turn": 0}]), 2) == [
        "actions: number 1 says nothing",
        "actions: number 1 rests on turn 0, but the CEO's turns are 1 to 2",
        "actions: number 1 has no owner",
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\n\n## b\r\n- c", "a ## b - c"),
        ("x ![i](http://e) <img> [Entry 7]", "x !\\[i](http://e) &lt;img> (entry 7]"),
        ("\x1b[31mred\u202edrawkcab", "[31mred drawkcab"),
        ("y" * 3000, "y" * 2000 + "…"),
    ],
)
def test_words_stay_inert(text: str, plain: str) -> None:
    assert inert(text) == plain


def test_what_the_consultant_claims_is_marked_where_the_ceo_decides_on_it() -> None:
    row = {"text": "It was deployed. It is small.", "turn": 1}
    draft = Minutes.model_validate({**DRAFT, "discussion": [row], "decisions": [], "actions": []})
    assert shown(draft, [Turn(3, "How is it?")])["discussion"] == {
        "1": "[claimed] It was deployed. It is small. [entry 3]"
    }
