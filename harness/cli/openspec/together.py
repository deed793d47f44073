"""`validate --harness`: a change beside the other open ones, and valid only where it can be archived now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.changes import inspect
from harness.changes.inspect import Verdict
from harness.changes.repository import spec
from harness.changes.root import Root
from harness.cli.openspec.output import Failure
from harness.errors import HarnessError, Mistake
from harness.openspec.change import REFUSED
from harness.openspec.documents import lacking
from harness.openspec.fold import fold
from harness.openspec.issue import Issue
from harness.openspec.metadata import FILE
from harness.peers import CHANGES, Peer, Peers, in_tree, peers, seen, sentence
from harness.site import site
from harness.workspace.locate import stored
from harness.workspace.own import own_file


@dataclass(frozen=True, slots=True)
class Together:
    """The harness's own rules for the changes of a working tree."""

    root: Root
    known: Peers
    common: Path
    """The repository's own directory."""

    def verdict(self, name: str, *, strict: bool) -> Verdict:
        """What is wrong with an open change, and what it waits for.

        Of one that is driven, the working tree has the proposal alone, unless its branch is checked out.
        """
        branched = name in self.known.driven and not (self.root.changes / name / "specs").exists()
        own = self.known.open[name] if branched else in_tree(self.root.path, name)
        issues, waits, before = list[Issue](), dict[str, str](), list[Peer]()
        try:
            waits = self.known.waits(name, own.depends)
            before = self.known.before(name, own.depends)
        except Mistake as error:
            issues.append(Issue("ERROR", FILE, str(error)))
        if branched:
            issues.append(Issue("INFO", "specs", f"the harness drives it: its deltas are those of {own.where}"))
            found = inspect.branched(self.root, name, own.deltas, own.about, self._after(before))
        else:
            found = inspect.change(self.root, name, self._after(before))
        issues += [replace(issue, level="ERROR") if issue.message.startswith(REFUSED) else issue for issue in found]
        issues += self._lacks(name, own, self.known.driven[name] if branched else "")
        met = self.known.overlaps(name, own.deltas).items()
        issues += [Issue("WARNING", "specs", f"{other} touches the same: {what}") for other, what in met]
        return Verdict(name, "change", issues, strict, sentence(waits) if waits else "")

    def _lacks(self, name: str, own: Peer, commit: str) -> list[Issue]:
        """What its documents do not say yet: done is what they say, not that they are there."""
        proposal, tasks = (self._text(f"{CHANGES}/{name}/{file}", commit) for file in ("proposal.md", "tasks.md"))
        return [Issue("ERROR", lack.file, lack.text) for lack in lacking(proposal, tasks, list(own.deltas))]

    def _text(self, path: str, commit: str) -> str | None:
        data = stored(self.common, commit, path) if commit else own_file(self.root.path, path)
        return None if data is None else data.decode("utf-8", errors="replace")

    def _after(self, before: Sequence[Peer]) -> dict[str, str]:
        """The living specs that are other ones once the changes `before` are archived, in that order."""
        living: dict[str, str] = {}
        for peer in before:
            for capability, delta in peer.deltas.items():
                now = living.get(capability) or spec(self.root, capability)
                out = fold(now, delta, capability, peer.name)
                if not out.problem:
                    living[capability] = out.text
        return living


def together(root: Root) -> Together:
    """The changes of the repository that `root` is the top of; Failure where it is none."""
    try:
        found = site(root.path)
        if found.top.resolve() != root.path.resolve():
            raise Mistake(f"{root.path} is not the top folder of its git repository, where the harness looks")
        return Together(root, peers(found, seen(found)), found.common)
    except HarnessError as error:
        raise Failure("harness_unusable", f"--harness can't be used here: {error}") from error
