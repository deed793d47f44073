"""What a run's commands get from outside: package registries, and what the project's own set-up made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path

from harness.config import Config
from harness.domain.event import Prepared
from harness.gates.bench import GitBench
from harness.ports import Egress, Sandbox
from harness.sandbox.tree import visit
from harness.setup.outfitter import Outfitter, Parts
from harness.setup.store import Store
from harness.workspace import walk
from harness.workspace.git import Git


class Equipment:
    """One for a run. `folder` is the user's own cache; `scratch` gives an empty directory, removed afterwards."""

    def __init__(
        self,
        git: Git,
        sandbox: Sandbox,
        folder: Path,
        scratch: Callable[[], AbstractContextManager[Path]],
        base: Callable[[], str],
        progress: Callable[[str], None],
        egress: Egress | None = None,
    ) -> None:
        self._git, self._sandbox, self._scratch, self._egress = git, sandbox, scratch, egress
        self._parts = Parts(
            objects=git,
            sandbox=sandbox,
            egress=lambda: self.egress,
            store=Store(folder / "setups", walk.remove_tree),
            checkout=self._checkout,
            visit=visit,
            ignored=lambda commit: ignored(git, commit),
            base=base,
            project=str(git.common),
            progress=progress,
        )
        self._outfitters: dict[str, Outfitter] = {}

    @cached_property
    def egress(self) -> Egress:
        """The way to package registries."""
        from harness.egress.outlet import Outlet

        return self._egress or Outlet(self._sandbox, self._scratch)

    def outfitter(self, config: Config) -> Outfitter:
        """One a configuration, so that a set-up that failed is not tried again and again."""
        return self._outfitters.setdefault(config.digest, Outfitter(self._parts, config))

    def notes(self) -> Iterator[Prepared]:
        """What set-ups were run or taken from the cache since the last call."""
        for outfitter in list(self._outfitters.values()):
            yield from outfitter.notes()

    @contextmanager
    def _checkout(self, tree: str, folder: Path, hidden: Callable[[str], bool]) -> Iterator[Path]:
        bench = GitBench(
            self._git,
            self._parts.sandbox,
            scratch=folder,
            blobs_put=lambda data: "",
            toolchain=(),
            environment="",
            remove=walk.remove_tree,
            hidden=hidden,
        )
        with bench.checkout(tree) as place:
            yield place


def ignored(git: Git, commit: str) -> Callable[[str], bool]:
    """Whether the .gitignore of `commit` ignores a path; a directory's ends with a slash."""
    import pathspec

    text = (git.read(commit, ".gitignore") or b"").decode("utf-8", errors="replace")
    return pathspec.GitIgnoreSpec.from_lines(text.splitlines()).match_file
