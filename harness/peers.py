"""The open changes of a repository beside one another: where their deltas meet, and which waits for which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.changes.files import Unusable, below, folders
from harness.changes.root import Root
from harness.changes.yaml import Unparsable, load
from harness.config import FILE as CONFIG
from harness.config import Config, parse
from harness.domain.change import NAME
from harness.errors import Broken, Mistake
from harness.openspec.depends import KEY, Depends, depends, loop, order
from harness.openspec.metadata import FILE
from harness.openspec.touch import overlap
from harness.site import Site
from harness.workspace.glance import names, texts, tip
from harness.workspace.locate import stored
from harness.workspace.own import own_file

CHANGES = "openspec/changes"
SPECS = "openspec/specs"
MOST = 1_000
"""Files of one change that are looked at, and changes of one place."""
MOST_BYTES = 1 << 16
"""Of what a change says about itself."""
DAMAGED = "has a damaged record"
ENDED = {"abandoned": "was abandoned"}
"""How a change ended -> what is said of it where another one waits for it."""
_ARCHIVED = re.compile(rf"openspec/(?:changes/)?archive/(?:\d{{4}}-\d\d-\d\d-)?({NAME.pattern})/")
_FOLDER = re.compile(rf"{CHANGES}/({NAME.pattern})/(.+)")


@dataclass(frozen=True, slots=True)
class Peer:
    """One open change."""

    name: str
    where: str
    """Where it was found, in a few words."""
    deltas: Mapping[str, str]
    """capability -> text"""
    depends: Depends
    about: str = ""
    """Its metadata's text."""


@dataclass(frozen=True, slots=True)
class Peers:
    """All changes that are known here."""

    open: Mapping[str, Peer]
    over: Mapping[str, str] = field(default_factory=dict)
    """name -> how it ended: merged, abandoned, or DAMAGED"""
    driven: Mapping[str, str] = field(default_factory=dict)
    """Those of `open` that have a run, and are read from its branch: name -> the commit."""

    def overlaps(self, name: str, deltas: Mapping[str, str]) -> dict[str, str]:
        """open change -> where the `deltas` of the change `name` meet its own."""
        met = {peer.name: overlap(deltas, peer.deltas) for peer in self.open.values() if peer.name != name}
        return {
            f"{other} ({self.open[other].where})": "; ".join(lines) for other, lines in sorted(met.items()) if lines
        }

    def waits(self, name: str, own: Depends) -> dict[str, str]:
        """change that `name` waits for -> why it does. Mistake where what it depends on can't be meant so."""
        if own.problem:
            raise Mistake(f"{CHANGES}/{name}/{FILE}: {KEY} {own.problem}")
        on = self._graph(name, own)
        if round_ := loop(name, on):
            raise Mistake(f"{KEY} leads in a loop: {' → '.join(round_)}; take one of them out of its {FILE}")
        return {each: self._why(each) for each in order(name, on) if self.over.get(each) != "merged"}

    def before(self, name: str, own: Depends) -> list[Peer]:
        """The open changes that have to be merged before `name`, in that order; there must be no loop."""
        return [self.open[each] for each in order(name, self._graph(name, own)) if each in self.open]

    def _graph(self, name: str, own: Depends) -> dict[str, tuple[str, ...]]:
        """Who depends on whom; what is merged needs nothing any more."""
        rest = {peer.name: peer.depends.on for peer in self.open.values() if self.over.get(peer.name) != "merged"}
        return {**rest, name: own.on}

    def _why(self, name: str) -> str:
        if name in self.over:
            return ENDED.get(self.over[name], self.over[name])
        if name in self.open:
            return f"is not merged yet ({self.open[name].where})"
        return "is not known here"


def sentence(waits: Mapping[str, str]) -> str:
    """That a change waits, in one sentence."""
    first, *others = waits.items()
    more = "".join(f", and for change {name}, which {why}" for name, why in others)
    return f"waits for change {first[0]}, which {first[1]}{more}"


def forewarned(site: Site, name: str, head: str) -> list[str]:
    """What is to be known of the change `name`, at its commit `head` or in the working tree, before anything is spent.

    Mistake where what it depends on can't be meant so.
    """
    own = at_commit(site.common, head, name, "") if head else in_tree(site.top, name)
    found = peers(site, seen(site))
    waits = found.waits(name, own.depends)
    lines = [f"{name} {sentence(waits)}: it goes on as far as its merge"] if waits else []
    return lines + [f"{other} touches the same: {what}" for other, what in found.overlaps(name, own.deltas).items()]


def depending(site: Site, run: str, head: str) -> dict[str, str]:
    """change -> why the run `run`, with its branch at `head`, or what the working tree has of it, waits for it now."""
    name = run.partition("~")[0]
    own = at_commit(site.common, head, name, "") if head else in_tree(site.top, name)
    if own.depends.problem:
        return {}
    try:
        return peers(site, seen(site)).waits(name, own.depends) if own.depends.on else {}
    except Mistake:
        return {}


def peers(site: Site, develop: str) -> Peers:
    """The changes with a run, in the working tree, and at the commit `develop` ('' where there is none)."""
    found, heads = dict[str, Peer](), dict[str, str]()
    over = dict.fromkeys(_landed(site.common, develop), "merged")
    for run in site.store.runs():
        try:
            state = site.state(run)
        except Broken:
            over.setdefault(run.partition("~")[0], DAMAGED)
            continue
        if state.change is None or state.purpose != "change":
            continue
        name = state.change.name
        if state.finished:
            if over.get(name) != "merged":
                over[name] = state.finished
        elif state.head:
            found[name], heads[name] = at_commit(site.common, state.head, name, state.change.branch), state.head
    active = heads
    for peer in (*_committed(site.common, develop), *_drafts(site.top)):
        if peer.name not in active and over.get(peer.name) != "merged":
            found[peer.name] = peer
    return Peers(found, {name: how for name, how in over.items() if name not in active}, active)


def at_commit(common: Path, commit: str, name: str, where: str) -> Peer:
    """The change as it is at a commit."""
    folder = f"{CHANGES}/{name}"
    return _peer(name, where, texts(common, commit, folder, lambda path: _wanted(path.removeprefix(f"{folder}/"))))


def in_tree(top: Path, name: str) -> Peer:
    """The change as it lies in the working tree; what is a link is not there."""
    folder = f"{CHANGES}/{name}"
    paths = [f"{folder}/{path}" for path in _below(top / folder) if _wanted(path)]
    return _peer(
        name, "in the working tree", {path: data for path in paths if (data := own_file(top, path)) is not None}
    )


def living(common: Path, commit: str) -> dict[str, str]:
    """capability -> text of the living specs at a commit."""
    found = texts(common, commit, SPECS, lambda path: path.endswith("/spec.md")) if commit else {}
    return {path.removeprefix(f"{SPECS}/").removesuffix("/spec.md"): _text(data) for path, data in found.items()}


def seen(site: Site) -> str:
    """The commit of the integration branch as it was last seen; '' if there is none."""
    data = stored(site.common, "refs/heads/develop", CONFIG) or own_file(site.top, CONFIG)
    git = Config().git
    with suppress(Mistake):  # whoever needs the configuration says what is wrong with it
        git = parse(data.decode("utf-8", errors="replace")).git if data else git
    place = f"remotes/{git.remote}" if git.remote else "heads"
    return tip(site.common, f"refs/{place}/{git.develop}")


def _landed(common: Path, develop: str) -> Iterator[str]:
    """The changes that `develop` has in its archive, or with the record of their run."""
    for folder in (CHANGES, "openspec/archive") if develop else ():
        for path in names(common, develop, folder):
            if archived := _ARCHIVED.match(path):
                yield archived[1]
            elif (mine := _FOLDER.fullmatch(path)) and mine[2].startswith("record/"):
                yield mine[1]


def _committed(common: Path, develop: str) -> list[Peer]:
    def wanted(path: str) -> bool:
        mine = _FOLDER.fullmatch(path)
        return bool(mine and mine[1] != "archive" and _wanted(mine[2]))

    found: dict[str, dict[str, bytes]] = {}
    for path, data in texts(common, develop, CHANGES, wanted).items() if develop else ():
        found.setdefault(path.split("/")[2], {})[path] = data
    return [_peer(name, "on the integration branch", files) for name, files in list(found.items())[:MOST]]


def _drafts(top: Path) -> list[Peer]:
    try:
        found = folders(Root(top, True).changes)
    except Unusable:
        return []
    drafts = [name for name in found if NAME.fullmatch(name) and name != "archive"][:MOST]
    return [in_tree(top, name) for name in drafts if not (top / CHANGES / name / "record").exists()]


def _below(folder: Path) -> list[str]:
    try:
        return list(below(folder, hidden=True))[:MOST] if folder.is_dir() and not folder.is_symlink() else []
    except Unusable:
        return []


def _wanted(path: str) -> bool:
    """Whether a file, by its path below a change's folder, says what the change touches or depends on."""
    return path == FILE or (path.startswith("specs/") and path.endswith("/spec.md"))


def _peer(name: str, where: str, files: Mapping[str, bytes]) -> Peer:
    folder = f"{CHANGES}/{name}/"
    inside = {path.removeprefix(folder): _text(data) for path, data in files.items()}
    deltas = {
        path.removeprefix("specs/").removesuffix("/spec.md"): text for path, text in inside.items() if path != FILE
    }
    return Peer(name, where, deltas, _depends(inside.get(FILE, ""), name), inside.get(FILE, ""))


def _depends(text: str, name: str) -> Depends:
    if not text.strip():
        return Depends()
    if len(text) > MOST_BYTES:
        return Depends(problem=f"can't be read: the file is larger than {MOST_BYTES >> 10} KiB")
    try:
        return depends(load(text), name)
    except Unparsable:
        return Depends(problem="can't be read: the file is not valid YAML") if KEY in text else Depends()


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
