"""What preflight is told of a repository's files, and what a patch holds of those that are secrets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.domain.change import Change
from harness.domain.permission import Secrets
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo

CHANGE = Change(name="demo")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    git = Git(tmp_path)
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    return GitRepo(git, tmp_path, CHANGE, ("n", "n@x.invalid"), "develop")


def commit(git: Git, parent: str, files: dict[str, str | None]) -> str:
    changes = {path: None if text is None else ("100644", text.encode()) for path, text in files.items()}
    return git.record(parent=parent, changes=changes, message="m", ref="refs/heads/develop", date=1_700_000_000)


def test_secrets_and_twins_are_named_before_a_run(repo: GitRepo, tmp_path: Path) -> None:
    git = Git(tmp_path)
    head = commit(git, "", {"harness.toml": "", "a/x.py": "1", "certs/a.pem": "2", ".env": "3", ".env.example": "4"})
    assert repo.odd() == {
        "secrets": "roles and gates work without .env and 1 more, secret by name; if tests need it, name it in "
        "harness.toml under secrets.public"
    }
    head = commit(git, head, {"A/x.py": "1", ".env": None, "harness.toml": '[secrets]\npublic = ["certs/**"]\n'})
    assert repo.odd() == {"case collisions": "a/x.py and A/x.py differ in spelling alone: rename one of them"}
    commit(git, head, {"A/x.py": None})
    assert repo.odd() == {}


def test_a_patch_holds_no_secret_whatever_became_of_it(repo: GitRepo, tmp_path: Path) -> None:
    git = Git(tmp_path)
    base = commit(git, "", {"old.pem": "SECRET\n", "moved.key": "SECRET\n", "kept": "kept\n", "x/.env": "SECRET=1\n"})
    new = {"old.pem": None, "moved.key": None, "plain": "plain\n", "caf\udce9/.ENV": "SECRET\n", "x/.env": "SECRET=2\n"}
    head = commit(git, base, {**new, "own.txt": "SECRET\n", 'a"b\nc/new.key': "SECRET\n"})
    seen = repo.brief(CHANGE, base, head, "", Secrets(patterns=("own.*",)))
    assert "SECRET" not in seen["diff"]
    assert "+plain" in seen["diff"]
    assert seen["diff"].endswith("… not shown, as secrets by their names: 6\n")
    assert "SECRET" in repo.brief(CHANGE, base, head, "", Secrets(public=("**",)))["diff"]
    assert "not shown" not in repo.brief(CHANGE, base, base, "", Secrets())["diff"]
