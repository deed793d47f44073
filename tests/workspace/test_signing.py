"""Commits on branches are signed where the user signs, by the user's own command; snapshots never are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.adapters import person
from harness.domain.change import Change
from harness.domain.decision import Decision
from harness.domain.event import Asked
from harness.errors import Parked
from harness.flow.fold import fold
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving
from tests.engine.test_lock import course

OTHER_EACH_TIME = """#!/bin/sh
cat > /dev/null
printf '\\n[GNUPG:] SIG_CREATED D\\n' >&2
echo "-----BEGIN PGP SIGNATURE-----"
echo
head -c 24 /dev/urandom | base64
echo "-----END PGP SIGNATURE-----"
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A fresh target repository."""
    return target.make(tmp_path / "repo")


@pytest.fixture
def signed(repo: Path) -> Path:
    """The repository of a user who signs with an SSH key."""
    key = repo.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers = repo.parent / "signers"
    signers.write_text(f"cleo@owner.invalid {key.with_suffix('.pub').read_text()}")
    target.git(repo, "config", "gpg.format", "ssh")
    target.git(repo, "config", "user.signingKey", str(key))
    target.git(repo, "config", "gpg.ssh.allowedSignersFile", str(signers))
    target.git(repo, "config", "commit.gpgSign", "true")
    return repo


@pytest.fixture
def varying(repo: Path) -> Path:
    """The repository of a user whose signatures differ each time."""
    program(repo, OTHER_EACH_TIME)
    target.git(repo, "config", "commit.gpgSign", "yes")
    return repo


def program(top: Path, text: str, setting: str = "gpg.program") -> None:
    """Let a script be what signs."""
    path = top.parent / "sign"
    path.write_text(text)
    path.chmod(0o755)
    target.git(top, "config", setting, str(path))


def opened(top: Path) -> tuple[Git, GitRepo]:
    """The repository as a new driver would open it."""
    git = Git(top / ".git")
    return git, GitRepo(git, top, Change(name=target.CHANGE), person(git, top), "develop")


def header(top: Path, commit: str) -> str:
    return target.git(top, "cat-file", "commit", commit).partition("\n\n")[0]


def test_every_commit_on_a_branch_is_signed(signed: Path) -> None:
    first = target.git(signed, "rev-parse", "develop")
    with serving(target.Team()):
        assert go(signed).state.finished == "merged"
    made = target.git(signed, "rev-list", f"{first}..develop").split()
    assert len(made) >= 6
    for commit in made:
        target.git(signed, "verify-commit", commit)
    authors = set(target.git(signed, "log", "--format=%an", f"{first}..develop").splitlines())
    assert {"harness", "Cleo Owner"} < authors
    snapshots = target.git(signed, "for-each-ref", "--format=%(objectname)", "refs/harness/add-farewell").split()
    assert snapshots
    kept = [commit for commit in snapshots if commit not in made]
    assert kept and all("gpgsig" not in header(signed, commit) for commit in kept)


def test_nothing_is_signed_unless_asked(signed: Path) -> None:
    target.git(signed, "config", "commit.gpgSign", "false")
    git, place = opened(signed)
    base = place.base()["commit"]
    assert "gpgsig" not in header(signed, place.propose(Change(name=target.CHANGE), base, "", 1_700_000_000)["head"])
    assert git.signing is None and "signing" not in place.odd()


def test_a_signature_that_fails_is_named_before_and_parks(varying: Path) -> None:
    program(varying, "#!/bin/sh\nexit 1\n")
    before, ceo = target.git(varying, "rev-parse", "develop"), target.Yes()
    with serving(target.Team()) as endpoint:
        with pytest.raises(Parked, match=r"could not be signed: .*failed to sign"):
            go(varying, ceo)
        unable = ceo.asked[0].detail["about"]["unable"]
        assert "failed to sign" in unable["signing"]
        assert not endpoint.requests
        assert target.git(varying, "for-each-ref", "--format=%(refname:short)", "refs/heads").split() == [
            "develop",
            "main",
        ]
        program(varying, OTHER_EACH_TIME)
        assert go(varying).state.finished == "merged"
    made = target.git(varying, "rev-list", f"{before}..develop").split()
    assert made and all("gpgsig" in header(varying, commit) for commit in made)


def test_a_signature_that_fails_at_the_merge_changes_nothing(signed: Path) -> None:
    def unplug(asked: Asked) -> Decision:
        program(signed, "#!/bin/sh\necho 'no card in the reader' >&2\nexit 1\n", "gpg.ssh.program")
        return kit.said()(asked)

    before = target.git(signed, "rev-parse", "develop")
    with serving(target.Team(course())):
        with pytest.raises(Parked, match="no card in the reader"):
            go(signed, Plan(("merge", unplug)))
        assert target.git(signed, "rev-parse", "develop") == before
        target.git(signed, "config", "--unset", "gpg.ssh.program")
        assert go(signed).state.finished == "merged"
    merges = target.git(signed, "rev-list", "--merges", "develop").split()
    assert len(merges) == 1
    target.git(signed, "verify-commit", merges[0])


def test_what_was_done_is_found_though_signatures_differ(varying: Path) -> None:
    """Each act, done again with the same question by another process, answers the same commit."""
    with serving(target.Team(course())), pytest.raises(Parked):
        go(varying, Plan(("merge", later)))
    candidate = fold(kit.journal(varying)).artifacts["candidate"]
    merged = [
        opened(varying)[1].merge(candidate, "develop", "feat: it", 1_700_000_000, checkout=False) for _ in range(2)
    ]
    assert merged[0] == merged[1] and "commit" in merged[0]
    files = {"TBC/minutes/TBC-MIN-NNN-2026-01-01.md": "# TBC-MIN-NNN\n", "openspec/changes/x/record/a.md": "a\n"}
    kept = [opened(varying)[1].record("develop", files, "docs: it", 1_700_000_000, checkout=False) for _ in range(2)]
    assert kept[0] == kept[1]
    tip, change = candidate["head"], Change(name=target.CHANGE)
    author = ("Developer", "developer@team.invalid")
    snapshot = target.git(varying, "rev-parse", "main")
    done = [opened(varying)[1].commit(change, tip, snapshot, author, "feat: more", 1_700_000_000) for _ in range(2)]
    assert done[0] == done[1] and done[0]["head"] != tip
    assert len(target.git(varying, "rev-list", "--first-parent", "develop").split()) == 3
