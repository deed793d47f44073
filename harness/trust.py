"""Whose decisions count: signing and verifying them with the user's own keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness.domain.decision import Decision
from harness.domain.event import Accepted, Entry, Sprint
from harness.domain.proof import Proof
from harness.errors import Refused
from harness.flow.statement import approval, decisions, signers_of, statement
from harness.ports import Sandbox
from harness.signing.marks import marks, outside
from harness.signing.own import own, required
from harness.signing.ssh import Ssh

Approval = TypeVar("Approval", Accepted, Sprint)


@dataclass(frozen=True, slots=True)
class Proven:
    """A decision on the record, and what is known of its signature."""

    seq: int
    what: str
    decision: Decision
    proof: Proof

    @property
    def facts(self) -> dict[str, Any]:
        """For JSON."""
        told = self.decision
        return {
            "entry": self.seq, "what": self.what, "verb": told.verb, "to": told.to, "by": told.by,
            "signature": self.proof.state, "signer": self.proof.by, "why": self.proof.why,
        }  # fmt: skip

    def __str__(self) -> str:
        to = f" to {self.decision.to}" if self.decision.to else ""
        said = f"{self.decision.verb}{to}, by {self.decision.by or 'nobody'}, {self.proof}: {self.what}"
        return f"entry {self.seq}: {' '.join(said.split())}"


def genuine(top: Path | None, text: bytes, decision: Decision, kept: tuple[str, ...] = ()) -> Proof:
    """What the user's own configuration says of a decision's signature; `top` is the working tree, if any.

    `kept` are the fingerprints that the run began with: no other key decides in it.
    """
    if not decision.signature:
        return Proof("unsigned")
    mine = own(top)
    proof = Ssh(mine).proof(text, decision.signature, decision.time)
    why = outside(kept, mine, decision.signature) if proof.state == "good" else ""
    return Proof("stranger", proof.by, why) if why else proof


def signers(top: Path) -> tuple[str, ...]:
    """The fingerprints of the keys that may sign now."""
    return marks(own(top))


def signed_only(sandbox: Sandbox) -> str:
    """Why only signed decisions count here; '' where others do too."""
    if sandbox.level <= 1:
        return (
            f"at sandbox level {sandbox.level} a process of an agent could write a decision, so only signed ones count"
        )
    return wanted()


def wanted() -> str:
    """Why only signed decisions count at any level; '' where the user does not ask for that."""
    return "your own configuration asks for signed decisions" if required() else ""


def signing(top: Path) -> str:
    """What decisions are signed with, for people; '' where they are not."""
    return own(top).key


def signed(top: Path, entries: Sequence[Entry], key: str, decision: Decision) -> Decision:
    """`decision` on the question `key`, signed with the user's key; as it is where they have none.

    Refused, in one sentence, where it can't be signed, or where nobody would take the signature for theirs.
    """
    ssh = Ssh(own(top))
    if not ssh.own.key:
        return decision
    dated = decision.model_copy(update={"time": int(time.time())})
    text = statement(entries, key, dated)
    done = dated.model_copy(update={"signature": ssh.sign(text)})
    proof = ssh.proof(text, done.signature, done.time)
    if proof.state != "good":
        raise Refused(f"signed, but the signature does not count, so nothing was decided: {proof.why}")
    return Decision.model_validate(done.model_dump())


def approved(top: Path, entry: Approval, after: str) -> Approval:
    """`entry`, which follows the one with the hash `after`, signed as a decision is; as it is where there is no key."""
    ssh = Ssh(own(top))
    if not ssh.own.key:
        return entry
    dated = entry.model_copy(update={"time": int(time.time()), "after": after, "signature": ""})
    text = approval(dated)
    done = dated.model_copy(update={"signature": ssh.sign(text)})
    proof = ssh.proof(text, done.signature, done.time)
    if proof.state != "good":
        raise Refused(f"signed, but the signature does not count, so nothing was accepted: {proof.why}")
    return done


def unfounded(top: Path, entry: Accepted | Sprint, after: str, only: Callable[[], str]) -> str:
    """Why `entry` does not stand in its place on the record, in one sentence, or ''; `only` as `signed_only` says."""
    if not entry.signature:
        why = only()
        return f"it is not signed, and {why}" if why else ""
    if entry.after != after:
        return "its signature does not count: it was made for another place on the record"
    proof = Ssh(own(top)).proof(approval(entry), entry.signature, entry.time)
    if proof.state in ("bad", "stranger"):
        return f"its signature does not count: {proof.why}"
    why = only() if proof.state != "good" else ""
    return f"its signature can't be verified: {proof.why}, and {why}" if why else ""


def proofs(top: Path | None, entries: Sequence[Entry]) -> list[Proven]:
    """Every decision on the record, with what is known of its signature."""
    found = []
    for each in decisions(entries):
        text = statement(entries, each.key, each.decision) if each.decision.signature else b""
        what = str(getattr(each.asked.event, "detail", {}).get("what", ""))
        found.append(
            Proven(each.answered.seq, what, each.decision, genuine(top, text, each.decision, signers_of(entries)))
        )
    return found
