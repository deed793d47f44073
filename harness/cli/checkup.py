"""What a run needs from the machine and the repository, each looked at by itself."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.adapters import Adapters, develop_of, person
from harness.cli.options import here
from harness.config import FILE, Config, parse
from harness.domain.change import Change
from harness.domain.display import flat
from harness.errors import HarnessError, Mistake
from harness.flow.applies import applicable, strange
from harness.flow.waivers import idle, named
from harness.sandbox.probe import Found, find_sandbox
from harness.site import Site, cache
from harness.workspace.git import Git
from harness.workspace.locate import clean

OLDEST = (2, 38)
"""The first git whose `merge-tree` merges without a working tree."""
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs"}
    | {"fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.glusterfs", "fuse.ceph", "beegfs", "afpfs", "webdav", "davfs"}
)
"""File systems on which locks and syncs can't be relied on."""


MEANS = {
    3: "commands see nothing of this machine but the system's programs, and have a network of their own",
    2: "commands can change nothing outside and reach nobody, but see that other files and processes are there; "
    "gates that need a service can't run",
    1: "commands are confined by nothing but their limits",
    0: "commands and the gates that run code are off",
}
"""What a level of the sandbox is worth."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a run needs."""

    name: str
    ok: bool
    text: str
    more: tuple[str, ...] = ()
    """Further lines."""


def checkup() -> list[Check]:
    """Every check; those of a repository only where there is one."""
    found = [
        git_version(),
        interpreter(),
        endpoint(os.environ.get("ANTHROPIC_API_KEY"), os.environ.get("ANTHROPIC_BASE_URL")),
    ]
    try:
        site = here()
    except HarnessError as error:
        return [*found, _sandbox(find_sandbox()), Check("repository", False, str(error))]
    found.append(Check("repository", True, str(site.top)))
    found.append(file_system(site.common, mounts()))
    found += _repository(site)
    return found


def git_version() -> Check:
    """Whether git is new enough."""
    try:
        said = subprocess.run(
            ["git", "--version"], capture_output=True, text=True, timeout=30, check=False, env=clean()
        ).stdout
    except OSError:
        said = ""
    match = re.search(r"(\d+)\.(\d+)\S*", said)
    fit = bool(match) and (int(match[1]), int(match[2])) >= OLDEST if match else False
    return Check("git", fit, match[0] if match and fit else f"{said.strip() or 'not found'}: install git 2.38 or later")


def interpreter() -> Check:
    """Whether Python is new enough."""
    fit = sys.version_info >= (3, 11)
    return Check("python", fit, platform.python_version() + ("" if fit else ": install Python 3.11 or later"))


def endpoint(key: str | None, url: str | None) -> Check:
    """Whether a model can be asked; the key is never shown."""
    text = f"ANTHROPIC_API_KEY is {'set' if key else 'not set'}, ANTHROPIC_BASE_URL is {'set' if url else 'not set'}"
    fit = bool(key or url)
    return Check("model", fit, text if fit else f"{text}: set one of them, or rehearse with `harness demo`")


def mounts(table: Path = Path("/proc/mounts")) -> dict[str, str]:
    """mount point -> kind of file system; empty where the system has no such table."""
    try:
        rows = [line.split() for line in table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()]
    except OSError:
        return {}
    return {re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), row[1]): row[2] for row in rows if len(row) > 2}


def file_system(place: Path, table: dict[str, str]) -> Check:
    """Whether the journal lies on a file system whose locks hold."""
    resolved = place.resolve()
    holding = [point for point in table if resolved.is_relative_to(point)]
    kind = table[max(holding, key=len)] if holding else "unknown"
    if kind in NETWORK:
        return Check(
            "file system", False, f"{place} lies on {kind}, over a network: move the repository to a local disk"
        )
    return Check("file system", True, kind)


def _repository(site: Site) -> Iterator[Check]:
    git = Git(site.common)
    yield _told("identity", lambda: "{} <{}>".format(*person(git, site.top)))
    yield _told("journal", lambda: _journal(site))
    yield _sandbox(find_sandbox(cache() or site.home / "cache"))
    try:
        config = _config(site, git)
    except HarnessError as error:
        first, *more = str(error).splitlines()
        yield Check("configuration", False, flat(first), tuple(more))
        return
    yield Check("configuration", True, f"{FILE} is on {config.git.develop}", tuple(_idle(config)))
    yield _told("gates", lambda: _gates(site, config))


def _told(name: str, say: Callable[[], str]) -> Check:
    """What `say` returns; its error is the check's failure."""
    try:
        return Check(name, True, say())
    except HarnessError as error:
        return Check(name, False, flat(str(error)))


def _journal(site: Site) -> str:
    runs = site.store.runs()
    total = sum(len(site.journal(run).read()) for run in (*runs, "repo"))
    return f"{len(runs)} runs, {total} entries, every chain holds"


def _sandbox(found: Found) -> Check:
    """The level, and of each higher one why it is not to be had and what raises it."""
    sandbox = found.sandbox
    means = MEANS[sandbox.level]
    more = [f"level {level} is not to be had: {why}" for level, why in found.missed]
    if not sandbox.level:
        more.append("level 1 is for a machine that may be lost, such as a container in CI: `harness run --disposable`")
    return Check("sandbox", sandbox.level > 0, f"level {sandbox.level}: {means}", tuple(more))


def _config(site: Site, git: Git) -> Config:
    develop = develop_of(git, site.top)
    data = git.read(f"refs/heads/{develop}", FILE) if git.commit(f"refs/heads/{develop}") else None
    if data is None:
        raise Mistake(f"there is no {FILE} on {develop}; `harness init` writes and commits it")
    config = parse(data.decode("utf-8", errors="replace"))
    odd = strange(config.project.gates)
    if odd:
        raise Mistake(odd)
    return config


def _idle(config: Config) -> Iterator[str]:
    """Waivers that let nothing pass any more, or never could."""
    left_out = applicable("feature", config)[1]
    for waiver in config.waivers:
        over = datetime.now(UTC).date() > waiver.expires
        why = f"it expired on {waiver.expires}" if over else idle(waiver, left_out)
        if why:
            yield f"the waiver {named(waiver)} lets nothing pass: {why}"


def _gates(site: Site, config: Config) -> str:
    names, _ = applicable("feature", config)
    adapters = Adapters(site, Change(name="doctor"), config.git.develop)
    unable = adapters.ready(config, names)
    if unable:
        raise Mistake("; ".join(f"{name} can't run: {why}" for name, why in unable.items()))
    return f"all {len(names)} can run"
