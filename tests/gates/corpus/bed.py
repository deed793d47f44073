"""Puts a delivery into a repository of its own and asks the gate, in the real sandbox."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness import ports
from harness.config import FILE, parse
from harness.domain.change import Change
from harness.domain.digest import digest_bytes
from harness.domain.gate import GateResult
from harness.domain.registry import Outside
from harness.egress.outlet import Outlet
from harness.gates import architecture
from harness.gates.bench import GitBench
from harness.gates.table import GATES
from harness.openspec.lock import lock
from harness.ports import Outfit, Sandbox, Subject
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import toolchain
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.gates.conftest import Repo
from tests.gates.corpus import source
from tests.gates.corpus.delivery import Delivery
from tests.gates.packages import SAMPLES, dressed

CHANGE = "add-items"
OWN = toolchain(Path(sys.prefix))
Way = Callable[[Sequence[Outside]], AbstractContextManager[ports.Way]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said of a delivery."""

    delivery: Delivery
    result: GateResult
    items: tuple[str, ...] = ()
    """What the gate lists for the CTO to accept by name."""

    @property
    def fault(self) -> str:
        """Why it is not what it should be, or ''. *Could not run* is never what it should be."""
        said, wanted = self.result, self.delivery
        if wanted.listed:
            return "" if said.passed and wanted.listed in self.items else f"not listed: {'; '.join(self.items)}"
        if wanted.honest and self.items:
            return f"false alarm (listed): {'; '.join(self.items)}"
        if wanted.honest:
            return "" if said.passed else f"false alarm ({said.result}): {self._told()}"
        if said.result != "failed":
            return f"missed ({said.result}): {said.reason}"
        found = [row for row in said.findings if row.rule == wanted.rule]
        if not found:
            return f"failed for another reason: {self._told()}"
        path, _, line = wanted.at.partition(":")
        if wanted.at and not any(row.path == path and line in ("", str(row.line)) for row in found):
            return f"found elsewhere: {self._told()}"
        return ""

    def _told(self) -> str:
        return "; ".join(str(row)[:300] for row in self.result.findings[:5]) or self.result.reason


@dataclass(frozen=True, slots=True)
class Ground:
    """What deliveries begin with, and what their commands get."""

    repository: Path | None = None
    """Its branch develop has everything, the configuration included; None for what the delivery has itself."""
    environment: str = sys.prefix
    toolchain: tuple[Path, ...] = OWN
    outfit: Outfit | None = None

    def lay(self, repo: Repo, delivery: Delivery) -> None:
        """Make the base."""
        if self.repository is None:
            repo.commit({"README.md": "# Sample\n", **delivery.base, FILE: delivery.config}, "chore: begin")
            return
        repo.git("fetch", "-q", str(self.repository), "develop")
        repo.git("reset", "-q", "--hard", "FETCH_HEAD")


def sample(delivery: Delivery) -> Ground:
    """The ground of a delivery of the corpus: the harness's own environment, or the packages of a sample."""
    outfit = dressed(SAMPLES / delivery.packages) if delivery.packages else None
    return Ground(environment="", toolchain=(), outfit=outfit) if outfit else Ground()


@cache
def sandbox() -> Sandbox:
    """The real one; services and tools run in it as they do for users."""
    found = open_sandbox()
    assert found.level == 3, found.why
    return found


@contextmanager
def repository() -> Iterator[tuple[Repo, Path]]:
    """(an empty repository, a directory with a short path for the bench)."""
    top = Path(tempfile.mkdtemp(prefix="c", dir="/tmp"))
    top.chmod(0o755)
    try:
        (top / "repo").mkdir()
        yield Repo(top / "repo"), top / "s"
    finally:
        remove_tree(top / "s")
        shutil.rmtree(top, ignore_errors=True)


def judge(delivery: Delivery, ground: Ground | None = None) -> Judged:
    """Lay the delivery, and ask its gate."""
    check = next(gate for gate in GATES if gate.name == delivery.gate).check
    ground = ground or sample(delivery)
    with repository() as (repo, scratch):
        ground.lay(repo, delivery)
        base = repo.git("rev-parse", "HEAD")
        entered = repo.commit(dict(delivery.before), "docs: specify items") if delivery.before else base
        head = repo.commit(dict(delivery.files), delivery.message)
        git, change = Git(repo.path / ".git"), Change(name=CHANGE, kind=delivery.kind)
        config = parse((git.read(base, FILE) or b"").decode())
        spec = entered if delivery.before else head
        sealed = lock(lambda path: git.read(spec, path), git.paths(spec), change.folder, base)
        subject = Subject(
            change=change, config=config, base=base, entered=entered, head=head,
            tree=repo.git("rev-parse", f"{head}^{{tree}}"), writes=lambda path: "",
            lock=sealed if delivery.approved else "",
        )  # fmt: skip
        outfit = ground.outfit
        with outlet(scratch.parent / "way", delivery) as opened:
            bench = GitBench(
                git, sandbox(), scratch=scratch, blobs_put=digest_bytes, toolchain=ground.toolchain,
                environment=ground.environment, outfit=(lambda tree: outfit) if outfit else None,
                remove=remove_tree, own=OWN, config=config, way=opened,
            )  # fmt: skip
            items = architecture.items(subject, bench) if delivery.gate == architecture.NAME else ()
            return Judged(delivery, check(subject, bench), tuple(items))


@contextmanager
def outlet(folder: Path, delivery: Delivery) -> Iterator[Way | None]:
    """The way out of a user who has configured a source of advisories; None where the gate needs none."""
    if delivery.gate != "dependencies":
        yield None
        return
    folder.mkdir()
    with source.configured(folder), way(folder) as opened:
        yield opened


@contextmanager
def way(folder: Path) -> Iterator[Way]:
    """A real way out, whose directories lie in `folder`."""

    @contextmanager
    def scratch() -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            yield Path(name)

    yield Outlet(sandbox(), scratch).open
