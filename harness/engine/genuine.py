"""Whether the decisions of a run are the CEO's: their signatures, and what keeps them from counting."""

from __future__ import annotations

from collections.abc import Sequence

from harness.domain.decision import Decision
from harness.domain.event import Authorized, Entry
from harness.errors import Broken, Parked
from harness.flow.accept import HOW, doubt
from harness.flow.statement import decisions, signers_of, statement
from harness.world import World


def doubted(entries: Sequence[Entry], world: World, key: str, decision: Decision) -> str:
    """Why `decision` on the question `key` does not count, as far as its signature goes, or ''."""
    text = statement(entries, key, decision) if decision.signature else b""
    proof = world.genuine(text, decision, signers_of(entries))
    asked = next((e.at for e in entries if getattr(e.event, "key", "") == key), 0.0)
    return doubt(decision, proof, asked, "" if proof.state == "good" else world.signed_only())


def rejected(entries: Sequence[Entry], world: World, key: str, decision: Decision) -> str:
    """Why a decision that comes now does not count, and how to give one that does, or ''."""
    why = doubted(entries, world, key, decision)
    return f"{why}; {HOW}" if why and not decision.signature else why


def audit(entries: Sequence[Entry], world: World) -> None:
    """Hold the record against the journal as it lies on the disk, and verify again what allows a merge.

    Broken where the journal was changed, or where a signature is wrong; Parked where an approval is unsigned although
    only signed ones count here.
    """
    kept = [entry.hash for entry in world.journal.read()]
    if kept[: len(entries)] != [entry.hash for entry in entries]:
        raise Broken("the journal was changed while it was driven; nothing was merged")
    authorizing = {e.event.decision for e in entries if isinstance(e.event, Authorized)}
    for each in decisions(entries):
        why = doubted(entries, world, each.key, each.decision)
        if not why:
            continue
        where = f"entry {each.answered.seq} ({each.decision.verb})"
        if each.decision.signature:
            raise Broken(f"{where}: {why}; nothing was merged")
        if any(each.key.startswith(f"{key}/") for key in authorizing):
            raise Parked(f"nothing is merged: the approval in {where} can't be relied on here: {why}")
