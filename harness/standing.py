"""What the CEO accepted for a repository, held against the configuration and the sandbox about to take effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness import shipped, trust
from harness.config import FILE
from harness.domain.decision import Decision
from harness.domain.digest import digest
from harness.domain.event import Accepted, Asked
from harness.errors import Parked
from harness.flow.accept import HOW
from harness.flow.standing import Files, differences, same, subject
from harness.journal.accepted import Acceptances
from harness.ports import Sandbox
from harness.site import Site
from harness.world import Ceo

DECLARED = 1
"""The level that nothing but the user's word on the command line gives."""
KEY = "accept"
"""Key of the question; the answer is signed here, since it stands in the journal of no run."""
ACTION = "let this take effect in this repository"


class Configured(Protocol):
    """Where the configuration is read from."""

    @property
    def branch(self) -> str:
        """The integration branch, with its remote where that one's counts."""
        ...

    def standing(self) -> tuple[str, dict[str, str]]:
        """(commit, path -> text) of the configuration as it was last seen there."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """What differs from what stands."""

    stands: Accepted
    branch: str
    commit: str
    files: Files
    level: int
    why: str
    doubt: str = ""
    """Why what is on the record does not stand, or ''."""
    over: str = ""
    """The subject of what is on the record last, whether it stands or not."""
    after: str = ""
    """The hash of its entry."""

    @property
    def needed(self) -> bool:
        """Whether the CEO's word is needed."""
        return bool(self.lowered or self.changed or self.doubt)

    @property
    def subject(self) -> str:
        """Digest of what is decided on."""
        return subject(self.branch, self.files, self.level)

    @property
    def lowered(self) -> bool:
        # that this machine is disposable was the user's own word, on the command line of this very run
        return self.level != DECLARED and self.level < self.stands.level

    @property
    def changed(self) -> bool:
        return self.branch != self.stands.branch or not same(self.stands.files, self.files)

    @property
    def level_line(self) -> str:
        """The lower level and why it is lower, or ''."""
        return f"sandbox level {self.stands.level} → {self.level}: {self.why}" if self.lowered else ""

    @property
    def changes(self) -> list[str]:
        """What changed in the configuration, one line each."""
        moved = self.branch != self.stands.branch
        first = [f"the integration branch: {self.stands.branch} → {self.branch}"] if moved else []
        return first + differences(self.stands.files, self.files, texts())

    @property
    def sentence(self) -> str:
        """What waits, and what to do."""
        parts = [self.doubt] if self.doubt else []
        if self.changed and self.stands.files:
            parts.append(f"{self._named()} on {self.branch} changed since you accepted it")
        if self.lowered:
            parts.append(f"the sandbox fell from level {self.stands.level} to {self.level} ({self.why})")
        return f"{', and '.join(parts)}; look at it and accept it with `harness accept`, then run again"

    def _named(self) -> str:
        paths = sorted({*self.stands.files, *self.files})
        one = [p for p in paths if not same(*({p: s[p]} if p in s else {} for s in (self.stands.files, self.files)))]
        if not one:
            return "what names the branch"
        return ", ".join(one[:3]) + (f" and {len(one) - 3} more files" if len(one) > 3 else "")

    def accepted(self, decision: Decision) -> Accepted:
        """The entry that makes it stand."""
        return Accepted(
            subject=self.subject,
            how="decided",
            branch=self.branch,
            commit=self.commit,
            files=dict(self.files),
            level=self.level,
            why=self.why,
            comment=decision.comment,
            by=decision.by,
        )


def texts() -> dict[str, str]:
    """The roles and prompts that ship, by the path that a repository's own would have."""
    return {
        f"{folder}/{path.name}": path.read_text(encoding="utf-8")
        for folder, glob in (("roles", "*.toml"), ("prompts", "*.md.j2"))
        for path in shipped.folder(folder).glob(glob)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Implements `world.Standing`. Whatever else than what stands is asked for at the terminal, or parks the run."""

    log: Acceptances
    top: Path
    only: Callable[[], str]
    """Why only a signed acceptance stands, or ''."""
    repo: Configured
    sandbox: Callable[[], Sandbox]
    owner: Callable[[], str]
    ceo: Ceo
    say: Callable[[str], None]

    def begin(self) -> None:
        """The sandbox's level and the configuration, before anything is spent; the first run takes them as they are."""
        commit, files = self.repo.standing()
        if FILE not in files:
            return  # the run itself says what is lacking
        if self.log.last() is None and not self.only():
            self._first(commit, files)
        waits = self.waits()
        if waits is None:
            return
        if waits.needed:
            self._ask(waits)
        elif waits.level > waits.stands.level:
            self._raise(waits)

    def check(self, team: Mapping[str, str], config: str | None = None) -> None:
        """Parked where `team`, or the text of harness.toml, is not what stands now or after the CEO was asked."""
        if self._holds(team, config):
            return
        self.begin()
        if not self._holds(team, config):
            raise Parked(f"the configuration on {self.repo.branch} changed just now; run again")

    def waits(self) -> Waits | None:
        """What is there now against what stands; None where there is no configuration, and before the first run unless
        that has to be signed too. Where nothing stands that counts, all of the configuration waits.
        """
        found = self.log.all()
        stands, doubt = self._counts()
        commit, files = self.repo.standing()
        if FILE not in files or (not found and not doubt):
            return None
        sandbox, branch = self.sandbox(), self.repo.branch
        last = found[-1] if found else None
        if stands is None:
            stands = Accepted(
                subject="", how="first use", branch=branch, commit="", files={}, level=sandbox.level, why=sandbox.why
            )
        over, after = (last[1].subject, last[0].hash) if last else ("", "")
        return Waits(stands, branch, commit, files, sandbox.level, sandbox.why, doubt, over, after)

    def _counts(self) -> tuple[Accepted | None, str]:
        """(what stands, why what is on the record last does not). A raised level stands on what it was raised from."""
        found = self.log.all()
        if not found:
            only = self.only()
            return None, f"nothing was accepted here yet, and {only}" if only else ""
        doubt = ""
        for at in reversed(range(len(found))):
            root = at
            while root and _raised(found[root - 1][1], found[root][1]):
                root -= 1
            why = trust.unfounded(self.top, found[root][1], found[root - 1][0].hash if root else "", self.only)
            if not why:
                return found[at][1], doubt
            doubt = doubt or f"the acceptance on the record does not count: {why}"
        return None, doubt

    def _holds(self, team: Mapping[str, str], config: str | None) -> bool:
        stands, doubt = self._counts()
        if stands is None or doubt or stands.branch != self.repo.branch:
            return False
        files = {**team, **({FILE: config} if config is not None else {})}
        return same({p: t for p, t in stands.files.items() if p != FILE or config is not None}, files)

    def _first(self, commit: str, files: dict[str, str]) -> None:
        """What the CEO's own set-up put there counts as their word, and that is said."""
        sandbox, owner = self.sandbox(), self.owner()
        entry = Accepted(
            subject=subject(self.repo.branch, files, sandbox.level),
            how="first use",
            branch=self.repo.branch,
            commit=commit,
            files=files,
            level=sandbox.level,
            why=sandbox.why,
            by=owner,
        )
        self.log.record(trust.approved(self.top, entry, ""), over="")
        own = sorted(path for path in files if path != FILE)
        more = f" with {', '.join(own)}" if own else ""
        self.say(
            f"first run here: {FILE}{more} on {self.repo.branch} at {commit[:12]} counts as accepted by you, at "
            f"sandbox level {sandbox.level}; from now on a change of it waits for `harness accept`"
        )

    def _raise(self, waits: Waits) -> None:
        """A better sandbox needs nobody's word; what stands keeps who accepted it."""
        stands = waits.stands
        entry = stands.model_copy(
            update={"subject": waits.subject, "how": "raised", "level": waits.level, "why": waits.why}
        )
        entry = entry.model_copy(update={"signature": "", "time": 0, "after": ""})
        self.log.record(entry, over=stands.subject)

    def _ask(self, waits: Waits) -> None:
        """The CEO's word at the terminal; Parked without it."""
        detail = {
            "what": ACTION,
            "subject": waits.subject,
            "about": about(waits),
            "verbs": ["approve"],
            "returns": [],
            "least": 0.0,
        }
        asked = Asked(key=KEY, kind="human", question=digest(waits.subject), detail=detail)

        def elsewhere() -> Decision | None:
            now, doubt = self._counts()
            done = not doubt and now is not None and now.subject == waits.subject
            return Decision(subject=waits.subject, verb="approve", by=now.by) if done and now else None

        decision = self.ceo.ask(asked, elsewhere)
        if decision is None or decision.verb != "approve" or decision.subject != waits.subject:
            raise Parked(waits.sentence)
        if not self._stood(waits) and not self.record(waits, decision):
            raise Parked(waits.sentence)

    def _stood(self, waits: Waits) -> bool:
        """Whether somebody accepted it meanwhile, elsewhere."""
        now, doubt = self._counts()
        return now is not None and not doubt and now.subject == waits.subject

    def record(self, waits: Waits, decision: Decision) -> bool:
        """Put it on the record, signed where there is a key; False where another one came first.

        Parked where it would not stand.
        """
        entry = trust.approved(self.top, waits.accepted(decision), waits.after)
        only = "" if entry.signature else self.only()
        if only:
            raise Parked(f"not signed, and {only}: {HOW}; then accept it with `harness accept`")
        return self.log.record(entry, over=waits.over)


def _raised(was: Accepted, now: Accepted) -> bool:
    """Whether `now` is `was` with a better sandbox, and nothing else: that needs nobody's word."""
    same_but = now.how == "raised" and (now.branch, now.files) == (was.branch, was.files)
    return same_but and now.level >= was.level


def stands(
    site: Site,
    repo: Configured,
    sandbox: Callable[[], Sandbox],
    ceo: Ceo,
    say: Callable[[str], None],
    only: Callable[[], str] | None = None,
) -> Stands:
    """What the CEO accepted at `site`, held against the repository and the machine as they are."""
    log = Acceptances(site.store, site.home)
    wanted = only or (lambda: trust.signed_only(sandbox()))
    return Stands(log=log, top=site.top, only=wanted, repo=repo, sandbox=sandbox, owner=site.owner, ceo=ceo, say=say)


def about(waits: Waits) -> dict[str, object]:
    """What is shown of it where it is decided on."""
    found: dict[str, object] = {}
    if waits.doubt:
        found["record"] = waits.doubt
    if waits.lowered:
        found["sandbox"] = waits.level_line.removeprefix("sandbox ")
    if waits.changed:
        found["changed"] = {f"{number:3}": line for number, line in enumerate(waits.changes, 1)}
        found["commit"] = waits.commit
    return found
