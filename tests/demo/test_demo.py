"""The demo as a person calls it: the whole change on the packaged sample, and what happens when something is broken."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.journal.chain import seal
from harness.journal.jsonl import load
from tests.target import git

HERE = Path(__file__).resolve().parents[2]
TRANSCRIPT = HERE / "harness" / "demo" / "transcript.jsonl"
SECONDS = 500
"""Ten times what it takes where nothing else runs."""


def demo(cwd: Path, *args: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """`harness demo` without a terminal and without a key; what takes too long says where each thread is."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "PYTEST_"))}
    env["PYTHONFAULTHANDLER"] = "1"
    command = [*before, sys.executable, "-m", "harness", "demo", *args]
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, said = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            out, said = process.communicate(timeout=30)
            pytest.fail(f"{command} takes more than {SECONDS} s:\n{out[-3000:]}\n{said[-20000:]}", pytrace=False)
    return subprocess.CompletedProcess(command, process.returncode, out, said)


def merges(folder: Path) -> list[str]:
    """Merge commits on the sample's develop; none where there is no repository yet."""
    return git(folder, "log", "--merges", "--format=%H", "develop").split() if (folder / ".git").exists() else []


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("demo") / "notes"
    return demo(HERE, "--into", str(folder)), folder


def test_a_whole_change_is_merged(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = ran
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    (merge,) = merges(folder)
    parents = git(folder, "show", "-s", "--format=%P", merge).split()
    assert len(parents) == 2
    body = git(folder, "show", "-s", "--format=%B", merge)
    assert "Approval: " in body and "Gated-tree: " + git(folder, "rev-parse", f"{merge}^{{tree}}") in body
    assert git(folder, "show", f"{merge}:docs/openapi.yaml") == git(
        folder, "show", f"{merge}:openspec/changes/add-note-tags/specs/openapi.yaml"
    )


def test_it_says_where_everything_lies(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = ran
    (merge,) = merges(folder)
    assert merge[:12] in done.stdout
    assert "End-of-Session Summary" in done.stdout
    assert "TBC/minutes/TBC-MIN-001-" in done.stdout
    assert "no terminal: the recorded decision is used" in done.stdout
    assert str(folder) in done.stdout


def test_the_checkout_follows_and_is_clean(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = ran
    assert git(folder, "symbolic-ref", "--short", "HEAD") == "develop"
    assert git(folder, "status", "--porcelain") == ""
    assert list((folder / "TBC" / "minutes").glob("TBC-MIN-001-*.md"))
    assert list(folder.glob("openspec/changes/archive/*-add-note-tags/record/pull-request.md"))
    assert not (folder / "openspec/changes/add-note-tags").exists()


def test_the_recording_holds_what_the_product_is_for() -> None:
    _, entries = load(TRANSCRIPT)
    events = [entry.event.model_dump() for entry in entries]
    gates = [e["answer"] for e in events if e["type"] == "answered" and e["kind"] == "gate"]
    failed = [answer for answer in gates if isinstance(answer, dict) and answer.get("result") == "failed"]
    returned = [
        e
        for e in events
        if e["type"] == "left" and e["stage"] in ("spec-review", "review") and e["outcome"] == "return"
    ]
    assert failed and returned


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """A copy of the package, to be broken."""
    place = tmp_path / "copy"
    for name in ("harness", "roles", "prompts"):
        shutil.copytree(HERE / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    yield place


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("app/store.py", "import sqlite3", "import sqlite3x"),
        ("app/errors.py", "404", "410"),
        ("tests/unit/test_fields.py", "def test_", "def no_test_"),
    ],
)
def test_a_broken_sample_never_merges(copy: Path, tmp_path: Path, path: str, old: str, new: str) -> None:
    file = copy / "harness" / "demo" / "service" / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    done = demo(copy, "--into", str(tmp_path / "notes"))
    assert done.returncode in (1, 5), done.stdout[-2000:] + done.stderr
    assert not merges(tmp_path / "notes")


def test_an_edited_transcript_is_refused(copy: Path, tmp_path: Path) -> None:
    file = copy / "harness" / "demo" / "transcript.jsonl"
    lines = file.read_text().splitlines()
    row = json.loads(lines[20])
    row[1] += 1
    lines[20] = json.dumps(row)
    file.write_text("\n".join(lines) + "\n")
    done = demo(copy, "--into", str(tmp_path / "notes"))
    assert done.returncode == 6, done.stdout + done.stderr
    assert "19" in done.stderr and not merges(tmp_path / "notes")


def test_a_transcript_that_lacks_an_answer_diverges(copy: Path, tmp_path: Path) -> None:
    """The chain is whole again, so that only the rehearsal can find it."""
    file = copy / "harness" / "demo" / "transcript.jsonl"
    head, *rows = [json.loads(line) for line in file.read_text().splitlines()]
    kept = [row for row in rows if not ('"kind":"model"' in row[2] and '"key":"implement/1/2"' in row[2])]
    assert len(kept) < len(rows)
    before, lines = "", [json.dumps(head)]
    for number, (_, at, body, _) in enumerate(kept):
        before = seal(before, at, body)
        lines.append(json.dumps([number, at, body, before]))
    file.write_text("\n".join(lines) + "\n")
    done = demo(copy, "--into", str(tmp_path / "notes"))
    assert done.returncode == 5, done.stdout[-2000:] + done.stderr
    assert "implement/1/2" in done.stderr and not merges(tmp_path / "notes")


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding bubblewrap needs a mount namespace of root's")
def test_without_a_sandbox_it_replays_and_says_so(tmp_path: Path) -> None:
    hidden = ("unshare", "-m", "sh", "-c", 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"', "sh")
    done = demo(HERE, "--into", str(tmp_path / "notes"), before=hidden)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "replayed the recorded run" in done.stdout and "nothing was executed" in done.stdout
    assert not (tmp_path / "notes").exists()


def test_the_recording_replays_in_under_two_seconds(replay_transcript) -> None:  # type: ignore[no-untyped-def]
    done = replay_transcript(TRANSCRIPT)
    assert done.outcome == "merged" and done.seconds < 2
