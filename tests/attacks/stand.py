"""One harness under attack: `python -m tests.attacks.stand LEVEL INTO CACHE`; LEVEL 0 is the control.

Prints one JSON object a line: {"begin": ID}, {"id": ID, "result": RESULT, "why": TEXT}.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness import app
from harness.consent import Consent
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Message
from harness.errors import HarnessError, Parked
from harness.sandbox.probe import open_sandbox
from tests import target
from tests.attacks import naive
from tests.attacks.attack import Arena, Attack
from tests.attacks.crew import Crew, Tried
from tests.attacks.forgery import CEO_SAYS
from tests.attacks.lay import arena, reset, revive
from tests.attacks.suite import ATTACKS
from tests.endpoint import Endpoint
from tests.engine import kit

CONTROL = 0
_ABI = 444
"""Number of the system call that tells the version of Landlock."""


class Report:
    """What became of each attack, told as soon as it is known."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._done: set[str] = set()
        self._abi = _landlock()
        self.root = os.getuid() == 0

    def begin(self, attack: Attack) -> None:
        _say({"begin": attack.id})

    def put(self, attack: Attack, result: str, why: str = "") -> None:
        if attack.id not in self._done:
            self._done.add(attack.id)
            _say({"id": attack.id, "result": result, "why": why[-300:], "at": round(time.monotonic(), 2)})

    def judged(self, attack: Attack, where: Arena, tried: Tried) -> None:
        """Held, or not, or beyond what the level can hold by its nature."""
        if not tried.ran:
            return self.put(attack, "could not run", tried.said)
        broke = attack.broke(where, tried.said)
        if not broke:
            return self.put(attack, "held", tried.said)
        weak = self._level == 2 and (attack.beyond or (not self.root and 0 < self._abi < attack.abi))
        self.put(attack, "open" if weak else "SUCCEEDED", str(broke))


def _say(row: dict[str, Any]) -> None:
    print(json.dumps(row), flush=True)


def _landlock() -> int:
    return int(ctypes.CDLL(None).syscall(_ABI, None, ctypes.c_size_t(0), 1))


def control(where: Arena, attacks: tuple[Attack, ...]) -> None:
    """Each attack alone, with nothing that protects."""
    report = Report(CONTROL)
    where.control = True
    for attack in attacks:
        report.begin(attack)
        reset(where)
        revive(where)
        where.seen.clear()
        where.pages, where.screen, where.decided = [], "", 0
        why = attack.able(where)
        if why:
            report.put(attack, "could not run", why)
            continue
        try:
            attack.prepare(where)
            where.said = [naive.run(call, where.work) for call in attack.calls(where)]
            tools = "\n".join(where.said)
            attack.naive(where)
            report.put(attack, "works" if attack.broke(where, tools) else "does not work", "\n".join(where.said))
        except Exception:
            report.put(attack, "does not work", traceback.format_exc())


class Ceo:
    """Answers questions of roles; decides only what the suite has come to."""

    def __init__(self) -> None:
        self.allowed: set[str] = set()
        self.decided = 0

    def ask(self, asked: Asked, poll: Any) -> Decision | None:
        subject, verbs = asked.detail["subject"], asked.detail["verbs"]
        if "answer" in verbs:
            return Decision(subject=subject, verb="answer", comment=CEO_SAYS, by="cleo")
        if asked.detail.get("least"):
            # a slow machine loses the cache of the conversation, so that it costs more than a role may spend
            self.decided += 1
            return Decision(subject=subject, verb="approve", cap=float(asked.detail["least"]) * 10, by="cleo")
        if asked.key.partition("/")[0] not in {*self.allowed, "preflight"}:
            # preflight names the secrets that the repository tracks, and that nobody will see
            return None
        self.decided += 1
        return Decision(subject=subject, verb="approve", by="cleo")


class Course:
    """The real run, in three drives: to the first approval, to the second, to the end."""

    def __init__(self, where: Arena, attacks: tuple[Attack, ...], level: int) -> None:
        self._where, self._level = where, level
        self._attacks = attacks
        self._tried: dict[str, Tried] = {}
        self._consent = Consent(highest=3 if level == 3 else 2)
        given = open_sandbox(where.cache, highest=self._consent.highest)
        if given.level != level:
            raise SystemExit(f"there is no level {level} here: {given.why}")
        self.report = Report(level)
        self.ceo = Ceo()
        self._crew = Crew(where, attacks, self._begin, self._told)

    def run(self) -> None:
        with Endpoint(self._crew) as endpoint:
            os.environ["ANTHROPIC_BASE_URL"] = endpoint.url
            for moment, allowed in (("spec-approval", set()), ("approval", {"spec-approval"}), ("end", {"approval"})):
                self.ceo.allowed |= allowed
                try:
                    self._drive(moment)
                except HarnessError:
                    # what the script itself could not answer says more than what the harness made of that
                    raise endpoint.errors[0] if endpoint.errors else RuntimeError("the run broke off") from None
                self._judge(moment)

    def _begin(self, attack: Attack) -> None:
        self.report.begin(attack)
        revive(self._where)
        attack.prepare(self._where)

    def _told(self, attack: Attack, tried: Tried) -> None:
        self._tried[attack.id] = tried
        if attack.when == "at once":
            self.report.judged(attack, self._where, tried)

    def _drive(self, moment: str) -> None:
        """Until it waits where it should, or is over; anything else is for the one who runs the suite."""
        with kit.at(self._where.top) as found:
            change = app.change_of(found, target.CHANGE)
            with suppress(Parked):
                app.run(found, change, app.Screen(ceo=self.ceo), checkout=True, consent=self._consent)
            self._crew.settle([])
            entries = found.journal(target.CHANGE).read()
            waiting = found.state(target.CHANGE).waiting
            at = waiting.key.partition("/")[0] if waiting else found.state(target.CHANGE).finished
        human = [e.event for e in entries if isinstance(e.event, Answered) and e.event.kind == "human"]
        approvals = sum(event.answer["verb"] == "approve" for event in human)
        self._where.decided = approvals - self.ceo.decided + (at != {"end": "merged"}.get(moment, moment))
        expected = {"end": "merged"}.get(moment, moment)
        what = str(waiting.detail.get("what", "")) if waiting else ""
        _say({"moment": moment} | ({} if at == expected else {"lost": f"it came to {at or 'nothing'}: {what}"}))

    def _judge(self, moment: str) -> None:
        if moment == "end":
            self._look()
        for attack in self._attacks:
            if attack.when == moment and attack.id in self._tried:
                self.report.judged(attack, self._where, self._tried[attack.id])

    def _look(self) -> None:
        """What the run left for people: on a terminal, and as pages."""
        top = self._where.top
        for words in (["status"], ["show", target.CHANGE], ["show", target.CHANGE, "--all"]):
            self._where.screen += _terminal(top, words)
        with kit.at(top) as found:
            said = [e.event.text for e in found.journal("repo").read() if isinstance(e.event, Message)]
        names = [
            n for n in target.git(top, "ls-tree", "-r", "--name-only", "develop").splitlines() if n.endswith(".md")
        ]
        made = [n for n in names if n.startswith("TBC/") or "/record/" in n or n.startswith("openspec/archive")]
        merge = target.git(top, "log", "-1", "--merges", "--format=%B", "develop")
        self._where.pages = [*said, merge, *(target.git(top, "show", f"develop:{name}") for name in made)]


def _terminal(top: Path, words: list[str]) -> str:
    """What a command sends to a terminal."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=top, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    os.close(theirs)
    data = b""
    with suppress(OSError):
        while part := os.read(ours, 1 << 16):
            data += part
    process.wait()
    os.close(ours)
    return data.decode(errors="replace")


def main(level: int, into: Path, cache: Path, only: tuple[str, ...]) -> None:
    """Attack one harness, and tell."""
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC", "GIT_"))]:
        del os.environ[name]
    attacks = tuple(attack for attack in ATTACKS if not only or attack.id in only)
    (into / "cwd").mkdir()
    os.chdir(into / "cwd")
    with arena(into, cache) as where:
        if level == CONTROL:
            control(where, attacks)
        else:
            Course(where, attacks, level).run()
    _say({"over": True})


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), tuple(sys.argv[4:]))
