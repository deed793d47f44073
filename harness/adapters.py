"""The adapters of one run in one repository, opened as they are needed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache as remembering
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import FILE, Config, parse
from harness.consent import NONE, Consent
from harness.domain.change import Change
from harness.domain.event import Completed, Prepared
from harness.domain.role import Role
from harness.domain.secret import cleaned, in_use
from harness.equipment import Equipment, ignored
from harness.errors import Mistake
from harness.gates.bench import GitBench
from harness.gates.bundle import bundle
from harness.gates.document import Unreadable, load
from harness.gates.operation import operations
from harness.gates.program import absent
from harness.gates.table import GATES
from harness.journal.accepted import Acceptances
from harness.journal.blobs import Blobs
from harness.openspec.lock import lock
from harness.ports import Sandbox, Workspace
from harness.sandbox.place import private
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import toolchain
from harness.site import Site, cache
from harness.workspace import walk
from harness.workspace.directory import Directory
from harness.workspace.git import Git, Person
from harness.workspace.landed import Known
from harness.workspace.own import own_file

if TYPE_CHECKING:
    from harness.specs import Specs
    from harness.workspace.outside import GitOutside
    from harness.workspace.repo import GitRepo

NOBODY: Person = ("", "")  # for what only reads a repository


@dataclass
class Adapters:
    """The adapters of one run in one repository, opened as they are needed."""

    site: Site
    change: Change
    develop: str
    consent: bool = False
    """Whether a branch that is checked out may be moved together with its files."""
    progress: Callable[[str], None] = lambda text: None
    allowed: Consent = NONE
    base: str = ""
    """The commit whose set-up counts, where it is not the integration branch's. With it nothing is ever written, so
    that nobody has to be known to git."""
    _bench: dict[str, GitBench] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.git = Git(self.site.common)
        self.person = NOBODY if self.base else person(self.git, self.site.top)

    @cached_property
    def repo(self) -> GitRepo:
        from harness.workspace.repo import GitRepo

        return GitRepo(self.git, self.site.top, self.change, self.person, self.develop, consent=self.consent)

    @cached_property
    def cache(self) -> Path:
        """Where what can be found again is kept: the user's own folder, or the repository's where there is none."""
        return cache() or self.site.home / "cache"

    @cached_property
    def sandbox(self) -> Sandbox:
        return open_sandbox(self.cache, highest=self.allowed.highest, disposable=self.allowed.disposable)

    @cached_property
    def equipment(self) -> Equipment:
        """What commands get from outside."""
        scratch = self.bench(Config()).scratch
        return Equipment(
            self.git, self.sandbox, self.cache, scratch, lambda: self.base or self.repo.develop, self.progress
        )

    def prepared(self) -> Iterable[Prepared]:
        """The set-ups since the last call; nothing is opened for this."""
        return self.equipment.notes() if "equipment" in vars(self) else ()

    def folder(self, kind: str) -> Path:
        """Where the run's directories of a kind lie: without mounts, commands may not get to the usual place."""
        home = private(self.site.home) if self.sandbox.level in (1, 2) else self.site.home
        return home / kind / self.change.run

    def environment(self, config: Config) -> str:
        """The project's toolchain as an absolute path, or ''. It has no `..`: the sandbox lacks what lies before it."""
        named = config.project.environment
        return os.path.abspath(self.site.top / named) if named else ""

    def mounts(self, config: Config) -> tuple[Path, ...]:
        named = self.environment(config)
        return toolchain(Path(named), (self.site.top, self.site.common)) if named else ()

    def bench(self, config: Config) -> GitBench:
        """One bench a configuration, so that gates share measurements."""
        if config.digest not in self._bench:
            blobs, known = Blobs(self.site.home / "blobs"), in_use(os.environ)
            self._bench[config.digest] = GitBench(
                self.git,
                self.sandbox,
                scratch=self.folder("scratch"),
                blobs_put=lambda data: blobs.put(cleaned(data, known)),
                toolchain=self.mounts(config),
                environment=self.environment(config),
                remove=walk.remove_tree,
                hidden=config.secrets.hides,
                outfit=lambda tree: self.equipment.outfitter(config).outfit(tree),
                own=toolchain(Path(sys.prefix)),
                config=config,
                way=lambda kinds: self.equipment.egress.open(kinds),
            )
        return self._bench[config.digest]

    def workspace(self, key: str, role: Role, snapshot: str, base: str, config: Config) -> Workspace:
        command = self.bench(config).command("", self.site.home)
        return Directory(
            self.folder("stages") / key.replace("/", "-"),
            objects=self.git,
            snapshot=snapshot,
            ref=f"{self.change.refs}/{key}",
            role=role,
            folder=self.change.folder,
            sandbox=self.sandbox,
            read=command.read,
            env=command.env,
            links=command.links,
            ignored=ignored(self.git, base),
            date=lambda: int(time.time()),
            secrets=config.secrets,
            egress=self.equipment.egress,
            outfit=self.equipment.outfitter(config).usable if config.commands.setup else None,
        )

    @property
    def outside(self) -> GitOutside:
        from harness.workspace.outside import GitOutside

        site = self.site
        return GitOutside(self.git, site.top, self.develop, self.person, known(site, self.git))

    @property
    def specs(self) -> Specs:
        from harness.specs import Specs

        return Specs(self.site, self.develop, lambda: self.repo.now)

    def lock(self, head: str, folder: str, base: str) -> str:
        return lock(lambda path: self.git.read(head, path), self.git.paths(head), folder, base)

    def operations(self, tree: str, path: str) -> list[str]:
        data = self.git.read(tree, path)
        if data is None:
            return []
        try:
            document = load(data, path)
        except Unreadable:
            return []
        folder = path.rpartition("/")[0]
        api = bundle(path, document, folder, lambda name: self.git.read(tree, name))
        return [operation.name for operation in operations(api)]

    def ready(self, config: Config, gates: Sequence[str]) -> dict[str, str]:
        """What the change will need and this machine or repository can't give: name -> why."""
        found = {gate.name: gate.ready(config, self.sandbox) for gate in GATES if gate.name in gates}
        able = [name for name, why in found.items() if not why]
        unset = self.equipment.outfitter(config).unready()
        found |= {"setup": unset} if unset else absent(config, able, self.bench(config), self.repo.develop)
        return {**{name: why for name, why in found.items() if why}, **self.repo.odd()}


def person(git: Git, top: Path) -> Person:
    """The user's own git identity; Mistake where there is none."""
    found = git.personal(r"^user\.(name|email)$", top)
    name, address = found.get("user.name", ""), found.get("user.email", "")
    name, address = os.environ.get("GIT_COMMITTER_NAME", name), os.environ.get("GIT_COMMITTER_EMAIL", address)
    if not name or not address:
        raise Mistake("git does not know who you are: set `git config user.name` and `git config user.email`")
    return str(name), str(address)


def develop_of(git: Git, top: Path) -> str:
    """The name of the integration branch: the configuration's, which lies on it."""
    data = git.read("refs/heads/develop", FILE) if git.commit("refs/heads/develop") else own_file(top, FILE)
    return parse(data.decode("utf-8", errors="replace")).git.develop if data else "develop"


def known(site: Site, git: Git) -> Known:
    """What the journals hold of approvals and of the configuration."""
    read = remembering(lambda run: site.journal(run).read())

    def approved(run: str, chain: str) -> bool | None:
        entries = read(run)
        return any(entry.hash == chain for entry in entries) if entries else None

    def confirmed(run: str, commit: str) -> int | None:
        entries = read(run)
        acts = [e.event for e in entries if isinstance(e.event, Completed) and e.event.commit == commit]
        return (acts[-1].message if acts else 0) if entries else None

    def accepted(commit: str) -> bool:
        seen = {entry.commit for _, entry in Acceptances(site.store, site.home).all()}
        return any(git.commit(each) and git.ancestor(commit, each) for each in seen if each)

    return Known(approved, confirmed, accepted)
