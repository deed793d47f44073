"""develop to main: what a release would bring, and bringing it by git plumbing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.config import FILE, Config, parse
from harness.errors import Mistake, Refused
from harness.workspace.checkout import Trunk, tagged
from harness.workspace.git import ZERO, Git, Person
from harness.workspace.landed import Known, Landed, landed
from harness.workspace.notes import moved, unreleased

HARNESS: Person = ("harness", "harness@team.invalid")
VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")
_BREAKING = re.compile(r"^\w+(\([^)]*\))?!:|^BREAKING[ -]CHANGE: ", re.M)
_REF = "refs/harness/_release"
"""Keeps the notes until the branch does; no change can have this name."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Releases of one repository."""

    git: Git
    top: Path
    develop: str
    person: Person
    known: Known

    def contents(self, base: str, asked: str, at: float) -> dict[str, Any]:
        """What a release of the commit `base` of develop would bring, as JSON; `asked` is the version, '' to count on.

        Refused where a commit is on no record, main has work of its own, the version is not above the last one, or its
        tag is there.
        """
        config = self._config(base)
        main, old = config.git.main, self._main(config)
        self._fits(config, old, base)
        inside = landed(self.git, old, base, self.known)
        self._recorded(inside)
        last = self._last(config, old)
        version = asked or _next(last, [self._said(row.id) for row in inside])
        _above(version, last)
        tag = config.release.tag.replace("{version}", version)
        if tag and self.git.commit(f"refs/tags/{tag}"):
            raise Refused(f"the tag {tag} is there already; name another version with --version")
        path = config.changelog.path
        return {
            "develop": base,
            "develop_name": self.develop,
            "main": old,
            "main_name": main,
            "mode": config.release.mode,
            "version": version,
            "last": last,
            "tag": tag,
            "day": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d"),
            "changelog": path,
            "notes": unreleased((self.git.read(base, path) or b"").decode("utf-8", errors="replace")),
            "commits": [asdict(row) for row in inside],
        }

    def release(self, contents: Mapping[str, Any], message: str, date: int, *, checkout: bool) -> dict[str, Any]:
        """Notes on develop, then main, then the tag, each looked for first.

        commit and than (what main was, or the empty tree), or moved: the branch that is not where it was approved.
        """
        config = self._config(str(contents["develop"]))
        trunk = Trunk(self.git, self.top, self.develop, config.git.remote)
        noted = self._noted(contents, date)
        tip = trunk.fetch()
        if tip not in (contents["develop"], noted) and not self.git.ancestor(noted, tip):
            return {"moved": self.develop}
        if tip == contents["develop"] != noted and not trunk.land(noted, tip, consent=checkout):
            return {"moved": self.develop}
        old = str(contents["main"])
        new = self._released(contents, noted, message, date)
        now = self._main(config)
        line = Trunk(self.git, self.top, str(contents["main_name"]), config.git.remote)
        if not (now == new or self._is(now, noted, message)):
            if now != old or not line.land(new, old or ZERO, consent=checkout):
                return {"moved": contents["main_name"]}
            now = new
        if contents["tag"]:
            tagged(self.top, str(contents["tag"]), now, f"{contents['tag']}\n\n{message}", config.git.remote)
        return {"commit": now, "than": old or self.git.run("mktree").decode().strip()}

    # ------------------------------------------------------------ details

    def _config(self, base: str) -> Config:
        data = self.git.read(base, FILE)
        if data is None:
            raise Mistake(f"there is no {FILE} on {self.develop}; `harness init` writes one")
        return parse(data.decode("utf-8", errors="replace"))

    def _recorded(self, inside: list[Landed]) -> None:
        odd = [row for row in inside if row.kind == "unrecorded"]
        if odd:
            names = "; ".join(f"{row.id[:12]} {row.header}" for row in odd[:5])
            raise Refused(
                f"{len(odd)} commit{'s' if len(odd) > 1 else ''} on {self.develop} did not come through the harness, "
                f"so nothing says who approved them: {names}; take them through a change, or release by hand"
            )

    def _main(self, config: Config) -> str:
        """The commit of main; '' where there is no such branch yet."""
        return Trunk(self.git, self.top, config.git.main, config.git.remote).known()

    def _fits(self, config: Config, old: str, base: str) -> None:
        main = config.git.main
        if not old:
            return
        if config.release.mode == "fast-forward":
            if not self.git.ancestor(old, base):
                why = f"{main} is not below {self.develop}, so it can't be fast-forwarded"
                raise Refused(f"{why}; merge {main} into {self.develop} first")
            return
        tree, conflicts = self.git.merge(old, base)
        if conflicts or tree != self.git.tree(base):
            raise Refused(f"{main} has work that {self.develop} lacks; merge {main} into {self.develop} first")

    def _last(self, config: Config, old: str) -> str:
        """The version of the last release that main holds; '' if there is none."""
        pattern = re.escape(config.release.tag).replace(r"\{version\}", f"(?P<version>{VERSION.pattern})")
        if not old or not config.release.tag:
            return ""
        names = self.git.run("tag", "--merged", old, "--list").decode(errors="replace").split("\n")
        found = [m["version"] for name in names if (m := re.fullmatch(pattern, name))]
        return max(found, key=_numbers, default="")

    def _said(self, commit: str) -> str:
        """The messages of what a commit of develop's own line brought."""
        span = f"{commit}^1..{commit}" if self.git.commit(f"{commit}^1") else commit
        return self.git.run("log", "--format=%B", span, "--").decode(errors="replace")

    def _noted(self, contents: Mapping[str, Any], date: int) -> str:
        """The commit with the notes under their version, on develop's; develop's own where there are none."""
        base, path = str(contents["develop"]), str(contents["changelog"])
        data = self.git.read(base, path)
        if data is None or not contents["notes"]:
            return base
        text = moved(data.decode("utf-8", errors="surrogateescape"), str(contents["version"]), str(contents["day"]))
        message = f"docs: put the notes of {contents['version']} under their version"
        made = self.git.record(
            parent=base,
            changes={path: ("100644", text.encode("utf-8", errors="surrogateescape"))},
            message=message,
            ref=_REF,
            date=date,
            author=HARNESS,
            committer=self.person,
        )
        return self._sealed(self.git.tree(made), (base,), message, HARNESS, date)

    def _released(self, contents: Mapping[str, Any], noted: str, message: str, date: int) -> str:
        if contents["mode"] == "fast-forward":
            return noted
        parents = (str(contents["main"]), noted) if contents["main"] else (noted,)
        return self._sealed(self.git.tree(noted), parents, message, self.person, date)

    def _sealed(self, tree: str, parents: tuple[str, ...], message: str, author: Person, date: int) -> str:
        return self.git.seal(tree, parents, message, author=author, committer=self.person, date=date)

    def _is(self, commit: str, noted: str, message: str) -> bool:
        """Whether main is at this very release already: a signature may give it another id."""
        if not commit:
            return False
        rows = self.git.run("show", "--no-patch", "--format=%P%x00%B", commit).decode(errors="replace")
        parents, _, said = rows.partition("\0")
        return parents.split()[-1:] == [noted] and said.strip() == message.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _next(last: str, said: list[str]) -> str:
    """The version that follows from the kinds of commits: breaking, feat, or anything else."""
    if not last:
        return "0.1.0"
    major, minor, patch = _numbers(last)
    if any(_BREAKING.search(text) for text in said):
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if any(re.search(r"^feat(\([^)]*\))?:", text, re.M) for text in said):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def _above(version: str, last: str) -> None:
    if not VERSION.fullmatch(version):
        raise Mistake(f"{version!r} is no version: use MAJOR.MINOR.PATCH, such as 1.4.0")
    if last and _numbers(version) <= _numbers(last):
        raise Mistake(f"{version} is not above {last}, which was released last; name a higher one with --version")
