"""What the CEO accepted for a repository, held against the configuration and the sandbox about to take effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness import shipped
from harness.config import FILE
from harness.domain.decision import Decision
from harness.domain.digest import digest
from harness.domain.event import Accepted, Asked
from harness.errors import Parked
from harness.flow.standing import Files, differences, same, subject
from harness.journal.accepted import Acceptances
from harness.ports import Sandbox
from harness.site import Site
from harness.world import Ceo

DECLARED = 1
"""The level that nothing but the user's word on the command line gives."""
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
        parts = []
        if self.changed:
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
        if self.log.last() is None:
            self._first(commit, files)
        waits = self.waits()
        if waits is None:
            return
        if waits.lowered or waits.changed:
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
        """What is there now against what stands; None before the first run, and where there is no configuration."""
        stands = self.log.last()
        commit, files = self.repo.standing()
        if stands is None or FILE not in files:
            return None
        sandbox = self.sandbox()
        return Waits(stands, self.repo.branch, commit, files, sandbox.level, sandbox.why)

    def _holds(self, team: Mapping[str, str], config: str | None) -> bool:
        stands = self.log.last()
        if stands is None or stands.branch != self.repo.branch:
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
        self.log.record(entry, over="")
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
            update={"subject": waits.subject, "how": "raised", "level": waits.level, "why": waits.why, "signature": ""}
        )
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
        asked = Asked(key="accept", kind="human", question=digest(waits.subject), detail=detail)

        def elsewhere() -> Decision | None:
            now = self.log.last()
            done = now is not None and now.subject == waits.subject
            return Decision(subject=waits.subject, verb="approve", by=now.by) if done and now else None

        decision = self.ceo.ask(asked, elsewhere)
        if decision is None or decision.verb != "approve" or decision.subject != waits.subject:
            raise Parked(waits.sentence)
        if not self.log.record(waits.accepted(decision), over=waits.stands.subject):
            raise Parked(waits.sentence)


def stands(
    site: Site, repo: Configured, sandbox: Callable[[], Sandbox], ceo: Ceo, say: Callable[[str], None]
) -> Stands:
    """What the CEO accepted at `site`, held against the repository and the machine as they are."""
    log = Acceptances(site.store, site.home)
    return Stands(log=log, repo=repo, sandbox=sandbox, owner=site.owner, ceo=ceo, say=say)


def about(waits: Waits) -> dict[str, object]:
    """What is shown of it where it is decided on."""
    found: dict[str, object] = {}
    if waits.lowered:
        found["sandbox"] = waits.level_line.removeprefix("sandbox ")
    if waits.changed:
        found["changed"] = {f"{number:3}": line for number, line in enumerate(waits.changes, 1)}
        found["commit"] = waits.commit
    return found
