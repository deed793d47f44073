"""The target repository as the engine sees it: JSON facts, and acts that look first whether they were done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.config import FILE, parse
from harness.domain.change import Change
from harness.domain.message import proposing
from harness.domain.moving import STILL, Moving
from harness.domain.path import recorded
from harness.domain.permission import SHIPPED, Secrets, matches
from harness.domain.spelling import folded
from harness.errors import Mistake, Parked, Refused
from harness.workspace import archiving
from harness.workspace.archiving import BACKLOG
from harness.workspace.checkout import Trunk, advance, where
from harness.workspace.folding import folded as folded_in
from harness.workspace.git import ZERO, Git, Person
from harness.workspace.own import own_file as own_file
from harness.workspace.proposed import proposed

DOCUMENTS = ("PRD.md", "README.md", "AGENTS.md", "CLAUDE.md")
LONGEST = 8_000
"""Characters of a document that roles are told."""
LONGEST_DIFF = 40_000
"""Characters of a patch that a reviewer is shown."""
PLACE = re.compile(r"(?P<path>[^\s:][^:]*):(?P<line>\d+)(?:-(?P<last>\d+))?")
HARNESS: Person = ("harness", "harness@team.invalid")


class GitRepo:
    """Implements `world.Repo` on one repository."""

    def __init__(
        self, git: Git, top: Path, change: Change, person: Person, develop: str, *, consent: bool = False
    ) -> None:
        self._git, self._top, self._person, self._develop = git, top, person, develop
        self._change, self._consent = change, consent

    @cached_property
    def _trunk(self) -> Trunk:
        """The integration branch; whether a remote has it too is what harness.toml on it says, or yours before that."""
        ref = f"refs/heads/{self._develop}"
        data = self._git.read(ref, FILE) if self._git.commit(ref) else own_file(self._top, FILE)
        remote = parse(data.decode("utf-8", errors="replace")).git.remote if data else ""
        return Trunk(self._git, self._top, self._develop, remote)

    @property
    def develop(self) -> str:
        """The tip of the integration branch as it was last seen; '' if there is none."""
        return self._trunk.tip

    @property
    def now(self) -> str:
        """The tip of the integration branch now; asks the remote where its branch counts."""
        return self._trunk.fetch()

    @property
    def branch(self) -> str:
        """The integration branch, such as develop, or origin/develop where the remote's counts."""
        return f"{self._trunk.remote}/{self._develop}" if self._trunk.remote else self._develop

    def base(self) -> dict[str, Any]:
        commit = self._trunk.fetch()
        config = self._git.read(commit, FILE)
        names = self._git.paths(commit)
        documents = [[p, self._text(commit, p)[:LONGEST]] for p in DOCUMENTS if p in names]
        text = config.decode("utf-8", errors="replace") if config is not None else None
        return {
            "branch": self._develop,
            "commit": commit,
            "config": text,
            "team": self._team(commit),
            "documents": documents,
        }

    def standing(self) -> tuple[str, dict[str, str]]:
        """(commit, path -> text) of what configures the harness on the integration branch as it was last seen."""
        commit = self.develop
        config = self._git.read(commit, FILE) if commit else None
        own = {FILE: config.decode("utf-8", errors="replace")} if config is not None else {}
        return commit, {**own, **(self._team(commit) if commit else {})}

    def odd(self) -> dict[str, str]:
        """What about this repository a run should not find out half-way: name -> sentence."""
        found = {}
        commit, local, remote = self.develop, self._trunk.local, self._trunk.remote
        unsigned = self._git.signing_fails(self._person)
        if unsigned:
            found["signing"] = unsigned
        if remote and local and not self._git.ancestor(local, commit):
            found["unpushed commits"] = f"{self._develop} has commits here that {remote} lacks, which blocks the merge"
        place = where(self._git, self._change.branch)
        if place and not self._consent:
            found["checked-out branch"] = (
                f"{self._change.branch} is checked out in {place}; switch to another one there or say --update-checkout"
            )
        if (self._git.common / "shallow").exists():
            found["shallow clone"] = "merges can't be computed safely; run `git fetch --unshallow`"
        if any(mode == "160000" for mode, _ in self._git.paths(commit).values()):
            found["submodules"] = "they are carried unchanged, and are empty where roles work and gates measure"
        if "filter=" in self._text(commit, ".gitattributes"):
            found["filtered files"] = "what .gitattributes filters, such as LFS, is seen raw: pointers, not contents"
        names = self._git.paths(commit)
        spelled: dict[str, str] = {}
        twins = [(path, one) for path in names if (one := spelled.setdefault(folded(path), path)) != path]
        if twins:
            found["case collisions"] = f"{twins[0][0]} and {twins[0][1]} differ in spelling alone: rename one of them"
        taken = archiving.occupied(names, self._change)
        if taken:
            found["archive"] = f"{taken} is there already, so the record would have to wait: rename one of the two"
        secrets = parse(self._text(commit, FILE)).secrets
        hidden = [path for path in names if secrets.hides(path)]
        if hidden:
            found["secrets"] = (
                f"roles and gates work without {hidden[0]}"
                + (f" and {len(hidden) - 1} more" if hidden[1:] else "")
                + f", secret by name; if tests need it, name it in {FILE} under secrets.public"
            )
        return found

    def backlog(self, change: Change, base: str) -> dict[str, Any]:
        return {"listed": archiving.lists(self._git.read(base, BACKLOG), change)}

    def propose(self, change: Change, base: str, head: str, date: int) -> dict[str, Any]:
        ref, path = f"refs/heads/{change.branch}", f"{change.folder}/proposal.md"
        tip = self._git.commit(ref)
        if tip and not head and self._git.read(tip, path) is not None:
            return {"head": tip}
        text = own_file(self._top, path)
        if head and text == self._git.read(head, path):
            raise Mistake(f"{path} is unchanged since it was sent back; edit it, then run again")
        if text is None or not text.strip():
            raise Mistake(f"there is no {path}, or it is empty; `harness new {change.name}` writes one to fill in")
        changes: dict[str, tuple[str, bytes] | None] = {
            name: ("100644", data) for name, data in proposed(self._top, change).items()
        }
        listed = self._git.read(head or tip or base, BACKLOG)
        if not archiving.lists(listed, change):
            changes[BACKLOG] = ("100644", archiving.listed(listed, change))
        above, message = head or tip or base, proposing(change.name)
        made = self._git.record(
            parent=above,
            changes=changes,
            message=message,
            ref=f"{self._change.refs}/proposal",
            date=date,
            author=self._person,
            committer=self._person,
        )
        if tip and self._git.holds(tip, self._git.tree(made), (above,), message, self._person[1]):
            return {"head": tip}
        new = self._signed(made, above, message, self._person, date)
        if not self._advance(change.branch, new, head or tip or ZERO):
            raise Refused(f"{change.branch} was moved by somebody else just now; run again")
        return {"head": new}

    def tip(self, branch: str) -> str:
        return self._git.commit(f"refs/heads/{branch}")

    def tree(self, commit: str) -> str:
        return self._git.tree(commit)

    def brief(
        self, change: Change, base: str, head: str, since: str = "", secrets: Secrets = SHIPPED
    ) -> dict[str, Any]:
        found = {
            "proposal": self.proposal(change, head),
            **self._grown(base, head),
            "diff": self._diff(base, head, secrets),
            "spec_file": self.spec_file(change, head),
            "team": self._team(self.develop),
        }
        if not since:
            return found
        patch = self._diff(since, head, secrets, openspec=True)
        return {**found, "since": {**self._grown(since, head), "diff": patch}}

    def commit(
        self, change: Change, head: str, snapshot: str, author: Person, message: str, date: int
    ) -> dict[str, Any]:
        tree = self._git.tree(snapshot)
        if tree == self._git.tree(head):
            return {"empty": True}
        tip = self._git.commit(f"refs/heads/{change.branch}")
        if tip and self._git.holds(tip, tree, (head,), message, author[1]):
            return {"head": tip}
        if tip != head:
            return {"moved": tip}
        new = self._git.seal(tree, (head,), message, author=author, committer=self._person, date=date)
        if self._advance(change.branch, new, head):
            return {"head": new}
        return {"moved": self._git.commit(f"refs/heads/{change.branch}")}

    def candidate(self, change: Change, develop: str, head: str, spec: str) -> dict[str, Any]:
        tip = self._trunk.fetch()
        if self._git.ancestor(tip, head):
            tree, conflicts = self._git.tree(head), list[str]()
        else:
            tree, conflicts = archiving.united(self._git, change, tip, head)
        if not conflicts and spec:
            tree = self._installed(change, head, tree, spec)
        found: dict[str, Any] = {"develop": tip, "head": head, "conflicts": conflicts}
        if conflicts:
            return {**found, "tree": tree}
        done = folded_in(self._git, tree, change)
        if done.problems:
            living = {path: self._text(tree, path)[:LONGEST] for path in done.paths}
            return {**found, "tree": tree, "unfoldable": list(done.problems), "living": living}
        return {**found, "tree": done.tree, "specs": [recorded(path) for path in done.paths]}

    def merge(
        self, candidate: dict[str, Any], develop: str, message: str, date: int, *, checkout: bool
    ) -> dict[str, Any]:
        tip, first = self._trunk.fetch(), str(candidate["develop"])
        landed = self._landed(candidate, tip, message)
        if landed:
            self._trunk.follow(tip, consent=checkout)
            return {"commit": landed}
        new = self._trunk.settle(tip, lambda at: self._landed(candidate, at, message), consent=checkout)
        if self._stale(candidate, first, tip):
            return {"moved": tip}
        if not new:
            parents = (tip, str(candidate["head"]))
            tree = self._fitted(candidate, tip)
            new = self._git.seal(tree, parents, message, author=HARNESS, committer=self._person, date=date)
        if self._trunk.land(new, tip, consent=checkout):
            return {"commit": new}
        return {"moved": self._trunk.fetch()}

    def shelf(self, change: Change, at: float) -> dict[str, Any]:
        return {"folder": archiving.shelf(self._git, self._trunk.fetch(), change, at)}

    def shelved(self, change: Change) -> tuple[str, str]:
        """(develop's commit, where in the archive on it the change's folder lies); '' for none."""
        tip = self._trunk.fetch()
        return tip, archiving.shelved(self._git, tip, change)

    def record(
        self, develop: str, files: Mapping[str, str], message: str, date: int, *, checkout: bool, moving: Moving = STILL
    ) -> dict[str, Any]:
        for _ in range(5):
            tip = self._trunk.fetch()
            done = self._recorded(tip, files, message)
            if done:
                self._trunk.follow(tip, consent=checkout)
                return done
            new = self._trunk.settle(
                tip, lambda at: str((self._recorded(at, files, message) or {}).get("commit", "")), consent=checkout
            ) or self._minuted(tip, files, message, date, moving)
            if self._trunk.land(new, tip, consent=checkout):
                return {"commit": new, "files": self._brought(tip, new)}
        raise Parked(f"{develop} is being moved by others all the time; run again")

    def confirm(self, commit: str, branch: str, than: str) -> dict[str, Any]:
        exists = self._git.commit(commit) == commit
        tip = self._git.commit(f"refs/heads/{branch}")
        tips = (tip, self._trunk.fetch()) if branch == self._develop else (tip,)
        return {
            "exists": exists,
            "reachable": bool(exists and all(each and self._git.ancestor(commit, each) for each in tips)),
            "changes": bool(exists and self._git.tree(commit) != self._git.tree(than)),
        }

    def missing(self, tree: str, cited: Sequence[str]) -> list[str]:
        found = []
        for cite in cited:
            place = PLACE.fullmatch(cite.strip())
            data = self._git.read(tree, place["path"]) if place else None
            lines = len(data.splitlines()) if data is not None else 0
            if not place or not 1 <= int(place["line"]) <= int(place["last"] or place["line"]) <= lines:
                found.append(cite)
        return found

    # ------------------------------------------------------------ details

    def _grown(self, before: str, after: str) -> dict[str, list[str]]:
        """The files and the commits between two commits, as lines."""
        changed = self._git.changed(before, after)
        return {
            "files": [f"{status} {recorded(path)}" for path, status in changed.items()],
            "commits": [
                f"{row['id'][:7]} {row['message'].partition(chr(10))[0]}" for row in self._git.log(before, after)
            ],
        }

    def _diff(self, before: str, after: str, secrets: Secrets, *, openspec: bool = False) -> str:
        """What changed, `openspec`/ included or not, as a patch; cut where it is long. Secrets: their names alone."""
        plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")
        trees = [f"{before}^{{tree}}", f"{after}^{{tree}}"]
        hidden = dict.fromkeys(path for path in self._git.changed(before, after) if secrets.hides(path))
        if hidden:
            trees = [self._git.edit(tree, hidden) for tree in trees]
        without = () if openspec else (":(exclude)openspec",)
        patch = self._git.run("diff-tree", "-p", *plain, *trees, "--", ".", *without)
        text = patch.decode("utf-8", errors="replace")
        if len(text) > LONGEST_DIFF:
            text = text[:LONGEST_DIFF] + "\n… cut here: view the files\n"
        return f"{text}\n… not shown, as secrets by their names: {len(hidden)}\n" if hidden else text

    def _advance(self, branch: str, new: str, old: str) -> bool:
        return advance(self._git, branch, new, old, consent=self._consent)

    def _signed(self, made: str, above: str, message: str, author: Person, date: int) -> str:
        """`made`, a commit on `above`, as the user signs it; itself where the user does not."""
        if self._git.signing is None:
            return made
        tree = self._git.tree(made)
        return self._git.seal(tree, (above,), message, author=author, committer=self._person, date=date)

    def _landed(self, candidate: dict[str, Any], tip: str, message: str) -> str:
        """The commit below `tip` that is the candidate's merge; '' if there is none."""
        for row in self._git.log(str(candidate["develop"]), tip, mainline=True):
            below, *side = row["parents"].split()
            if side != [candidate["head"]] or row["message"].strip() != message.strip():
                continue
            if self._git.tree(row["id"]) == self._fitted(candidate, below):
                return row["id"]
        return ""

    def _fitted(self, candidate: dict[str, Any], tip: str) -> str:
        """The candidate's tree with what was committed to develop since, up to `tip`."""
        tree, since = str(candidate["tree"]), self._git.changed(str(candidate["develop"]), tip)
        if not since:
            return tree
        names = self._git.paths(tip)
        return self._git.edit(tree, {path: names.get(path) for path in since})

    def _stale(self, candidate: dict[str, Any], first: str, tip: str) -> bool:
        """Whether what came to develop after the candidate is more than records, or touches what that touches."""
        if archiving.unrecorded(self._git, first, tip):
            return True
        return not self._git.changed(first, tip).keys().isdisjoint(self._git.changed(first, str(candidate["tree"])))

    def _minuted(self, tip: str, files: Mapping[str, str], message: str, date: int, moving: Moving) -> str:
        """A commit of the files on `tip`, numbered, and of what goes along with them."""
        number = _next(self._git.paths(tip))
        tree, rows = archiving.taken(self._git, tip, moving)
        for path, text in files.items():
            data = text.replace("TBC-MIN-NNN", f"TBC-MIN-{number:03}").encode()
            rows[path.replace("NNN", f"{number:03}")] = ("100644", self._git.put(data))
        tree = self._git.edit(tree, rows)
        return self._git.seal(tree, (tip,), message, author=HARNESS, committer=self._person, date=date)

    def _recorded(self, tip: str, files: Mapping[str, str], message: str) -> dict[str, Any] | None:
        """The commit among the last ones on develop that holds these files already."""
        sure = {path: text.encode() for path, text in files.items() if "NNN" not in path}
        for row in self._git.log(f"{tip}~20" if self._git.commit(f"{tip}~20") else _root(self._git, tip), tip):
            if row["message"].strip() == message and all(self._git.read(row["id"], p) == t for p, t in sure.items()):
                return {"commit": row["id"], "files": self._brought(row["parents"].split()[0], row["id"])}
        return None

    def _brought(self, before: str, after: str) -> list[str]:
        """The paths that a commit wrote; what it moved is told by where it went."""
        return sorted(recorded(path) for path, how in self._git.changed(before, after).items() if how != "D")

    def _installed(self, change: Change, head: str, tree: str, spec: str) -> str:
        """`tree` with the living spec replaced by the change's full successor."""
        names = self._git.paths(head)
        own = names.get(self.spec_file(change, head))
        return self._git.edit(tree, {spec: ("100644", own[1])}) if own else tree

    def proposal(self, change: Change, head: str) -> str:
        return self._text(head, f"{change.folder}/proposal.md")

    def spec_file(self, change: Change, head: str) -> str:
        """The change's API document; where it is expected while there is none."""
        globs = tuple(f"{change.folder}/specs/**/*.{end}" for end in ("yaml", "yml", "json"))
        for path in sorted(self._git.paths(head)):
            if matches(path, globs):
                start = (self._git.read(head, path) or b"")[:4096]
                if re.search(rb'^\s*\{?\s*["\']?openapi["\']?\s*:', start, re.M):
                    return path
        return f"{change.folder}/specs/openapi.yaml"

    def _team(self, commit: str) -> dict[str, str]:
        """The target's own roles and prompts: from develop, never from the branch."""
        names = self._git.paths(commit)
        return {p: self._text(commit, p) for p in names if matches(p, ("roles/*.toml", "prompts/*.md.j2"))}

    def _text(self, commit: str, path: str) -> str:
        data = self._git.read(commit, path)
        return data.decode("utf-8", errors="replace") if data is not None else ""


def _next(paths: Mapping[str, Any]) -> int:
    numbers = [int(m[1]) for path in paths if (m := re.match(r"TBC/minutes/TBC-MIN-(\d+)-", path))]
    return max(numbers, default=0) + 1


def _root(git: Git, tip: str) -> str:
    return git.run("rev-list", "--max-parents=0", tip).decode().split()[0]
