"""The commands around a whole run: a scripted model over HTTP, real git, a real journal."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.journal.jsonl import load
from tests.cli.conftest import ROOT, Shell
from tests.cli.team import CHANGE, FOLDER, PROPOSAL, answers, script, subject
from tests.endpoint import Endpoint

HEAVY = ("anthropic", "git", "jinja2", "pathspec", "yaml", "openapi_spec_validator", "rich.table", "rich.live")


def prepared(top: Path) -> Shell:
    """A repository with develop checked out, the harness set up and a proposal in the working tree."""
    top.mkdir(parents=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ANTHROPIC_", "HARNESS_"))}
    sh = Shell(top, {**env, "HOME": str(top.parent), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "300"})
    sh.git("init", "-q", "-b", "main")
    sh.git("config", "user.name", "Ada")
    sh.git("config", "user.email", "ada@example.org")
    sh.write("README.md", "# Sample\n")
    sh.git("add", ".")
    sh.git("commit", "-qm", "docs: begin")
    sh.git("switch", "-qc", "develop")
    sh.harness("init", "--commit")
    sh.write(f"{FOLDER}/proposal.md", PROPOSAL)
    return sh


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The repository as it waits for the spec's approval, and after the merge; and what the driver said."""
    base = tmp_path_factory.mktemp("whole")
    sh = prepared(base / "waiting" / "sample")
    with Endpoint(script()) as endpoint:
        live = {"ANTHROPIC_BASE_URL": endpoint.url}
        said = sh.harness("run", CHANGE, code=3, env=live)
        shutil.copytree(base / "waiting", base / "merged")
        over = Shell(base / "merged" / "sample", sh.env)
        over.harness("approve", CHANGE, "--digest", subject(over.harness("status", CHANGE)))
        over.harness("run", CHANGE, code=3, env=live)
        shown = subject(over.harness("status", CHANGE))
        shutil.move(over.top / FOLDER, base / "own")
        over.harness("approve", CHANGE, "--digest", shown, "--update-checkout")
        ended = over.harness("run", CHANGE, env=live)
    (base / "said").write_text(said)
    (base / "ended").write_text(ended)
    return {"waiting": base / "waiting", "merged": base / "merged", "said": base / "said", "ended": base / "ended"}


@pytest.fixture
def waiting(places: dict[str, Path], tmp_path: Path) -> Shell:
    return copied(places["waiting"], tmp_path)


@pytest.fixture
def merged(places: dict[str, Path], tmp_path: Path) -> Shell:
    return copied(places["merged"], tmp_path)


def copied(place: Path, to: Path) -> Shell:
    copy = to / place.name
    shutil.copytree(place, copy, symlinks=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ANTHROPIC_", "HARNESS_"))}
    more = {"HOME": str(copy), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "300"}
    return Shell(copy / "sample", {**env, **more})


# ---------------------------------------------------------------- while it runs


def test_without_a_terminal_there_is_one_plain_line_an_entry(places: dict[str, Path]) -> None:
    said = places["said"].read_text()
    assert "\x1b" not in said
    assert "step 3 Design, attempt 1" in said and "gate openspec passed" in said
    assert f"create {FOLDER}/design.md" in said


def test_the_end_names_merge_confirmations_summary_record_and_channel(places: dict[str, Path], merged: Shell) -> None:
    said = places["ended"].read_text()
    merge = merged.git("log", "--merges", "-1", "--format=%H", "develop")
    assert f"merge commit {merge} on develop" in said
    assert f"merge docs/{CHANGE} to develop — {merge} (msg #" in said
    assert "End-of-Session Summary" in said and "TBC/minutes/TBC-MIN-001-" in said
    assert merged.git("rev-parse", "develop") in said and "channels/vpe-cto-approvals.md" in said


def test_a_driver_is_shown_as_such_and_stops_when_asked(tmp_path: Path) -> None:
    sh = prepared(tmp_path / "sample")
    asked, go = threading.Event(), threading.Event()
    turns = answers()

    def slow(request: dict[str, object], number: int) -> list[dict[str, object]]:
        asked.set()
        go.wait(60)
        return turns[number]

    with Endpoint(slow) as endpoint:  # type: ignore[arg-type]
        env = {**sh.env, "ANTHROPIC_BASE_URL": endpoint.url}
        command = [sys.executable, "-m", "harness", "run", CHANGE]
        driver = subprocess.Popen(command, cwd=sh.top, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            assert asked.wait(30)
            facts = json.loads(sh.harness("status", CHANGE, "--json"))
            assert facts["driven"] and facts["waits_for"] == "architect" and facts["percent"] == 16
            assert "driven now" in sh.harness("status")
            assert "is being driven" in sh.harness("run", CHANGE, code=4, env={"ANTHROPIC_BASE_URL": endpoint.url})
            assert f"{CHANGE} stops at the next safe point" in sh.harness("stop")
            go.set()
            assert driver.wait(30) == 3
        finally:
            go.set()
            driver.kill()
            driver.wait()
    assert "nobody drives" in sh.harness("stop", CHANGE)
    facts = json.loads(sh.harness("status", CHANGE, "--json"))
    assert not facts["driven"] and facts["waits_for"] == "driver" and facts["cost"]["spent"] > 0


def test_on_a_terminal_the_view_is_drawn_and_makes_room_for_the_question(waiting: Shell) -> None:
    leader, follower = pty.openpty()
    size = {"COLUMNS": "120", "LINES": "40"}
    env = {**waiting.env, **size, "TERM": "xterm", "PAGER": "cat", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "harness", "run", CHANGE]
    driver = subprocess.Popen(command, cwd=waiting.top, env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    os.write(leader, b"approve\napprove\n")
    typed = (b"look\n", b"look spec.md\n", b"later\n")
    seen, answered = "", 0
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                seen += os.read(leader, 65536).decode(errors="replace")
            except OSError:
                break
            if seen.count("look / later >") > answered:
                os.write(leader, typed[min(answered, 2)])
                answered += 1
        assert driver.wait(10) == 3
    finally:
        driver.kill()
        driver.wait()
        os.close(leader)
    assert "[5 Spec approval]" in seen and "4✓" in seen
    assert "\x1b[36m" not in seen, "NO_COLOR is set"
    assert f"=== {FOLDER}/specs/start/spec.md" in seen and f"{FOLDER}/design.md  (3 lines)" in seen
    assert seen.count("The CEO decides") == 2, "what is decided is shown again below what was looked at"
    assert "waiting for the CEO" in seen
    said = waiting.harness("status", CHANGE)
    assert "waits for the CEO: implement" in said, "what was typed before the question decides nothing"


# ---------------------------------------------------------------- status, show


def test_status_tells_phase_share_whom_it_waits_for_and_cost(waiting: Shell) -> None:
    waiting.harness("new", "another")
    said = waiting.harness("status")
    assert f"{CHANGE} (docs)  design, step 5 Spec approval, 33 %, $0." in said
    assert "waits for the CEO: implement explain-start as specified, since 20" in said
    assert "another: a proposal that was not run yet" in said
    facts = json.loads(waiting.harness("status", "--json"))
    assert facts["proposals"] == ["another"]
    shown = {"change", "phase", "percent", "waits_for", "what", "since", "cost", "lacks"}
    assert all(shown <= each.keys() and each["since"] > 0 for each in [*facts["runs"], *facts["drafts"]])
    assert facts["runs"][0]["lacks"] == [] and facts["drafts"][0]["phase"] == "design"
    assert "Why" in facts["drafts"][0]["lacks"][0]
    run = facts["runs"][0]
    assert (run["phase"], run["step"], run["waits_for"], run["driven"]) == ("design", 5, "CEO", False)
    assert run["cost"]["calls"] == 3 and run["cost"]["unknown_calls"] == 0


def test_status_of_one_change_says_what_to_type_and_whether_the_proposal_drifted(waiting: Shell) -> None:
    said = waiting.harness("status", CHANGE)
    assert f"harness approve {CHANGE} --digest {subject(said)}" in said
    assert "not the one that the team works with" not in said
    waiting.write(f"{FOLDER}/proposal.md", PROPOSAL + "\n- And one thing more.\n")
    assert "not the one that the team works with" in waiting.harness("status", CHANGE)
    assert json.loads(waiting.harness("status", CHANGE, "--json"))["proposal_differs"] is True


def test_text_of_agents_can_not_steer_the_terminal(waiting: Shell) -> None:
    waiting.harness("return", CHANGE, "--digest", subject(waiting.harness("status", CHANGE)), "--to", "design",
                    "--comment", "bad \x1b]0;title\x07 \u202e end")  # fmt: skip
    for command in (["show", CHANGE], ["show", CHANGE, "--all"], ["status", CHANGE]):
        said = waiting.harness(*command)
        assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said
    assert "bad" in waiting.harness("show", CHANGE)


def test_status_and_help_load_nothing_heavy(waiting: Shell) -> None:
    code = (
        "import sys\nfrom harness.cli.main import group\n"
        "group.main(sys.argv[1:], standalone_mode=False)\n"
        f"heavy = {HEAVY!r}\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    for args in (["status"], ["status", CHANGE], ["show", CHANGE], ["stop"], ["transcript", CHANGE]):
        command = [sys.executable, "-c", code, *args]
        done = subprocess.run(command, cwd=waiting.top, env=waiting.env, capture_output=True, text=True, timeout=60)
        assert done.stdout.splitlines()[-1] == "LOADED []", (args, done.stderr)


def test_show_is_short_unless_asked_for_all(merged: Shell) -> None:
    short, every = merged.harness("show", CHANGE), merged.harness("show", CHANGE, "--all")
    assert "over: merged" in short and "the CEO (" in short and "create README.md" not in short
    assert "create README.md" in every
    assert [int(line[:5]) for line in every.splitlines()] == list(range(len(every.splitlines())))
    rows = json.loads(merged.harness("show", CHANGE, "--json"))
    assert [row["seq"] for row in rows] == [int(line[:5]) for line in short.splitlines()]
    assert "event" in json.loads(merged.harness("show", CHANGE, "--json", "--all"))[0]


# ---------------------------------------------------------------- transcript, replay, forget


def test_a_transcript_is_whole_replays_and_overwrites_nothing(merged: Shell) -> None:
    said = merged.harness("transcript", CHANGE, "-o", "t.jsonl", "--note", "from a test")
    head, entries = load(merged.top / "t.jsonl")
    assert head["note"] == "from a test" and f"wrote {len(entries)} entries" in said
    assert merged.harness("transcript", CHANGE, "--note", "from a test") == (merged.top / "t.jsonl").read_text()
    assert "was not touched" in merged.harness("transcript", CHANGE, "-o", "t.jsonl", code=4)
    assert "can't be written" in merged.harness("transcript", CHANGE, "-o", "no/t.jsonl", code=2)
    facts = json.loads(merged.harness("replay", "t.jsonl", "--json"))
    assert (facts["run"], facts["entries"], facts["outcome"]) == (CHANGE, len(entries), "merged")
    assert "outcome: merged" in merged.harness("replay", "t.jsonl")


def test_an_edited_transcript_is_refused(merged: Shell) -> None:
    text = merged.harness("transcript", CHANGE)
    merged.write("t.jsonl", text.replace("It is in order", "It is in 0rder", 1))
    assert "hash chain" in merged.harness("replay", "t.jsonl", code=6)
    assert "there is no transcript" in merged.harness("replay", "none.jsonl", code=2)


def test_forget_drops_refs_and_record_of_a_finished_run_alone(merged: Shell, waiting: Shell) -> None:
    assert "is not over" in waiting.harness("forget", CHANGE, "--yes", code=4)
    assert "say --yes" in merged.harness("forget", CHANGE, code=4)
    refs = merged.git("for-each-ref", f"refs/harness/{CHANGE}/").splitlines()
    count = len(merged.harness("show", CHANGE, "--all").splitlines())
    assert refs and f"removed {count} entries of {CHANGE} and {len(refs)} refs" in merged.harness(
        "forget", CHANGE, "--yes"
    )
    assert merged.git("for-each-ref", "refs/harness") == ""
    assert "nothing is under way" in merged.harness("status")
    assert "there is no run" in merged.harness("show", CHANGE, code=2)
    assert merged.git("rev-parse", "--verify", f"docs/{CHANGE}")
