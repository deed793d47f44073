"""Records the demo's run again where the harness itself does other than before, but no role is asked anything else.

`python -m tests.demo.record ENVIRONMENT` drives the sample repository for real: `harness run`, `harness approve`, real
tools, gates and git. An endpoint gives the answers of the present recording, which were given by hand, one a request,
in their order. What each attempt is asked has to be what was asked then; otherwise there is nothing to give, and people
have to answer anew. ENVIRONMENT is a folder with `.[demo]` installed; its path becomes part of the recording.

A new conversation is recorded from an endpoint that speaks the Messages API with streams, such as one behind which a
person answers. In a checkout, with ENVIRONMENT and FOLDER outside it (FOLDER may not exist yet):

    python3 -m venv ENVIRONMENT && ENVIRONMENT/bin/pip install '.[demo]'     # anew after each change of the checkout
    export PATH="ENVIRONMENT/bin:$PATH" ANTHROPIC_BASE_URL=http://127.0.0.1:PORT ANTHROPIC_API_KEY=none
    harness demo --lay-only --into FOLDER && cd FOLDER
    harness run add-note-tags < /dev/null      # asks the endpoint; 3: a decision is waited for; 0: merged

At exit code 3 `harness status add-note-tags --json` has what is decided on as `subject`. Decide, and run again:

    harness approve add-note-tags --digest SUBJECT --comment "…"             # the merge: with --update-checkout, too
    harness return add-note-tags --to design --digest SUBJECT --comment "…"
    harness answer add-note-tags --digest SUBJECT "…"                        # to a role's question

A request is given up and sent again after 120 s of silence (send `ping` events meanwhile) or 1200 s in all.
A run that was killed goes on with the same command. The recording has to hold what the demo is for: at least one gate
that fails, one return by the CTO, and an attempt `implement/1` of two answers or more. Then, in the checkout:

    (cd FOLDER && harness transcript add-note-tags -o NEW) && cp NEW harness/demo/transcript.jsonl
    harness replay harness/demo/transcript.jsonl && python -m pytest -q tests/demo && python docs/picture.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.demo.lay import CHANGE, TRANSCRIPT, lay
from harness.domain.event import Answered, Entry, Opened
from harness.engine.rehearsal import compare, outcome
from harness.errors import Diverged
from harness.journal.jsonl import load
from tests.endpoint import Endpoint, Reply

WAITS = 3
MOST_SESSIONS = 12


def answers(entries: list[Entry], kind: str) -> list[Answered]:
    """The recorded answers of a kind, in their order."""
    return [e.event for e in entries if isinstance(e.event, Answered) and e.event.kind == kind]


def record(environment: Path, folder: Path) -> list[str]:
    """The new transcript's lines; Diverged where a request, a tool's or a gate's outcome is not the recorded one."""
    _, before = load(TRANSCRIPT)
    given, decided = answers(before, "model"), answers(before, "human")

    def script(request: dict[str, Any], number: int) -> Reply:
        if number >= len(given):
            raise Diverged("more is asked than was ever answered")
        return dict(given[number].answer)

    lay(folder, environment)
    with Endpoint(script) as endpoint:
        env = {**os.environ, "ANTHROPIC_BASE_URL": endpoint.url, "ANTHROPIC_API_KEY": "none"}
        for _ in range(MOST_SESSIONS):
            done = harness(folder, env, "run", CHANGE)
            if done.returncode != WAITS:
                break
            decide(folder, env, decided.pop(0).answer)
    if done.returncode:
        raise Diverged(f"the run ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    target = folder.parent / "transcript.jsonl"
    harness(folder, env, "transcript", CHANGE, "-o", str(target))
    agree(before, load(target)[1])
    return target.read_text(encoding="utf-8").splitlines()


def decide(folder: Path, env: dict[str, str], answer: dict[str, Any]) -> None:
    """The owner's decision on what waits, as the recording has it."""
    shown = json.loads(harness(folder, env, "status", CHANGE, "--json").stdout)
    extra = ["--update-checkout"] if answer["update_checkout"] else []
    if answer["verb"] == "return":
        extra += ["--to", answer["to"]]
    done = harness(
        folder, env, answer["verb"], CHANGE, "--digest", shown["subject"], "--comment", answer["comment"], *extra
    )
    if done.returncode not in (0, WAITS):
        raise Diverged(f"{answer['verb']} ended with {done.returncode}: {done.stdout}{done.stderr}")


def agree(before: list[Entry], after: list[Entry]) -> None:
    """Diverged where an attempt begins otherwise, or something that was recorded comes out otherwise."""
    openings = {e.event.key: e.event for e in before if isinstance(e.event, Opened)}
    for entry in after:
        if isinstance(entry.event, Opened):
            compare(openings[entry.event.key], entry.event, volatile=True)
    for kind in ("tool", "gate"):
        was = {a.key: a for a in answers(before, kind) if not isinstance(a.answer, list)}
        now = {a.key: a for a in answers(after, kind) if not isinstance(a.answer, list)}
        if missing := was.keys() - now.keys():
            raise Diverged(f"recorded, and not asked now: {', '.join(sorted(missing))}")
        for key in was.keys() & now.keys():
            if outcome(was[key]) != outcome(now[key]):
                raise Diverged(f"{key}: recorded as {outcome(was[key])}, now {json.dumps(now[key].answer)[:2000]}")


def harness(folder: Path, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the harness, as a person without a terminal runs it."""
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
    )


def main() -> int:
    """Writes the new recording over the present one."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(prefix="record-") as place:
        lines = record(Path(sys.argv[1]), Path(place) / "notes")
    TRANSCRIPT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 1} entries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
