"""The sample TypeScript service, `tests/samples/issuer`, as a repository with one change."""

from __future__ import annotations

from pathlib import Path

from harness.config import parse
from harness.domain.change import Change
from harness.domain.digest import digest_bytes
from harness.gates.bench import GitBench
from harness.openspec.lock import lock
from harness.ports import Sandbox, Subject
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.gates.conftest import Repo
from tests.gates.corpus.bed import OWN
from tests.gates.packages import dressed

SAMPLE = Path(__file__).parent.parent / "samples" / "issuer"
CHANGE = "add-issuer"
_FOLDER = f"openspec/changes/{CHANGE}"
_BASE = (
    ".gitignore", "CHANGELOG.md", "eslint.config.mjs", "harness.toml", "package-lock.json", "package.json",
    "tsconfig.build.json", "tsconfig.json", "vitest.config.ts",
)  # fmt: skip
"""What is on develop: how the project is built and measured. The branch brings all the rest."""
_PROPOSAL = """# Add the issuer

## Why

Devices have to show that they belong to somebody, and so far nobody can say which do.

## What Changes

- Clients register, get tokens, and issue and revoke credentials of their devices.
"""
_DELTA = """## ADDED Requirements

### Requirement: Credentials
The service SHALL issue at most one credential that counts to each subject of a client.

#### Scenario: A second one
- **WHEN** a client issues a credential to a subject that has one
- **THEN** the service answers 409
"""


def stand(repo: Repo, sandbox: Sandbox, scratch: Path) -> tuple[Subject, GitBench]:
    """The sample on a branch of `repo`, and a bench that has its packages."""
    files = {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    base = repo.commit({**{name: files[name] for name in _BASE}, "README.md": "# issuer\n"}, "chore: begin")
    brought: dict[str, str | bytes | None] = {
        **{name: data for name, data in files.items() if name not in _BASE},
        "CHANGELOG.md": files["CHANGELOG.md"] + b"- Credentials can be revoked.\n",
        f"{_FOLDER}/proposal.md": _PROPOSAL,
        f"{_FOLDER}/specs/credentials/spec.md": _DELTA,
        f"{_FOLDER}/specs/openapi.yaml": files["docs/openapi.yaml"],
        f"{_FOLDER}/tasks.md": "# Tasks\n\n- [x] 1.1 Issue and revoke credentials\n",
    }
    repo.git("switch", "-q", "-c", f"feature/{CHANGE}")
    head = repo.commit(brought, "feat: add the issuer")
    git, change, config = Git(repo.path / ".git"), Change(name=CHANGE), parse(files["harness.toml"].decode())
    subject = Subject(
        change=change, config=config, base=base, entered=base, head=head,
        tree=repo.git("rev-parse", f"{head}^{{tree}}"), writes=lambda path: "",
        lock=lock(lambda path: git.read(head, path), git.paths(head), change.folder, base),
    )  # fmt: skip
    outfit = dressed(SAMPLE)
    bench = GitBench(
        git, sandbox, scratch=scratch, blobs_put=digest_bytes, toolchain=(), environment="", remove=remove_tree,
        outfit=lambda tree: outfit, own=OWN, config=config,
    )  # fmt: skip
    return subject, bench
