"""With `[git] remote`, the remote's develop counts: fetched before, pushed to after, and never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.adapters import person
from harness.domain.change import Change
from harness.domain.decision import Decision
from harness.domain.event import Asked, Failed
from harness.errors import Parked
from harness.flow.fold import fold
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, said, serving
from tests.engine.test_integrate import again
from tests.engine.test_lock import course

MINUTES = "TBC/minutes/TBC-MIN-001-2026-01-01.md"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A clone whose harness.toml names the remote; `hub.git` beside it is the remote, `other` a second clone."""
    files = {**target.FILES, "harness.toml": target.CONFIG + '\n[git]\nremote = "origin"\n'}
    top = target.make(tmp_path / "repo", files)
    hub = tmp_path / "hub.git"
    target.git(tmp_path, "init", "-q", "--bare", "-b", "develop", str(hub))
    target.git(top, "remote", "add", "origin", str(hub))
    target.git(top, "push", "-q", "origin", "develop")
    target.git(tmp_path, "clone", "-q", str(hub), "other")
    target.git(tmp_path / "other", "config", "user.name", "Otto Other")
    target.git(tmp_path / "other", "config", "user.email", "otto@other.invalid")
    return top


def elsewhere(top: Path, path: str = "docs/new.md") -> str:
    """Somebody pushes a commit from the second clone; the commit."""
    other = top.parent / "other"
    target.git(other, "pull", "-q", "--ff-only")
    (other / path).parent.mkdir(parents=True, exist_ok=True)
    (other / path).write_text("New.\n")
    target.git(other, "add", "-A")
    target.git(other, "commit", "-qm", "chore: meddle")
    target.git(other, "push", "-q", "origin", "develop")
    return target.git(other, "rev-parse", "HEAD")


def hook(top: Path, text: str) -> Path:
    """What the remote does before it takes a push."""
    path = top.parent / "hub.git/hooks/pre-receive"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def racing(top: Path) -> str:
    """A hook by which somebody else's commit, made now, arrives between the driver's look and its push."""
    other = top.parent / "other"
    target.git(other, "pull", "-q", "--ff-only")
    (other / "late.md").write_text("Late.\n")
    target.git(other, "add", "-A")
    target.git(other, "commit", "-qm", "chore: be first")
    target.git(other, "push", "-q", "origin", "HEAD:refs/heads/late")
    hub = top.parent / "hub.git"
    hook(top, f"unset GIT_QUARANTINE_PATH\ngit --git-dir={hub} update-ref refs/heads/develop refs/heads/late\n")
    return target.git(other, "rev-parse", "HEAD")


def hub(top: Path, branch: str = "develop") -> str:
    return target.git(top.parent / "hub.git", "rev-parse", branch)


def local(top: Path) -> str:
    return target.git(top, "rev-parse", "develop")


def merges(top: Path) -> list[str]:
    return target.git(top.parent / "hub.git", "rev-list", "--merges", "develop").split()


def opened(top: Path) -> GitRepo:
    """The repository as a new driver would open it."""
    git = Git(top / ".git")
    return GitRepo(git, top, Change(name=target.CHANGE), person(git, top), "develop")


def when(act: Callable[[], object]) -> Callable[[Asked], Decision]:
    """Approve, after something happened."""

    def say(asked: Asked) -> Decision:
        act()
        return said()(asked)

    return say


def at_merge(top: Path) -> dict[str, str]:
    """Take the run to the merge's approval, which is left open; the candidate."""
    with pytest.raises(Parked):
        go(top, Plan(("merge", later)))
    candidate: dict[str, str] = fold(kit.journal(top)).artifacts["candidate"]
    return candidate


def merged(top: Path, candidate: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = opened(top).merge(candidate, "develop", "feat: it", 1_700_000_000, checkout=False)
    return found


def test_a_run_starts_from_the_remote_and_ends_there(repo: Path) -> None:
    base = elsewhere(repo)
    assert local(repo) != base
    with serving(target.Team()):
        steps = go(repo)
    assert steps.state.finished == "merged"
    assert target.git(repo, "merge-base", base, steps.state.head) == base
    assert hub(repo) == local(repo) != base
    assert target.git(repo, "show", "develop:docs/new.md") == "New."
    assert len(merges(repo)) == 1


def test_the_remote_moves_before_the_integration(repo: Path) -> None:
    with serving(target.Team(course())):
        moved: list[str] = []
        assert go(repo, Plan(("implement", when(lambda: moved.append(elsewhere(repo)))))).state.finished == "merged"
    assert target.git(repo, "show", "-s", "--format=%P", merges(repo)[0]).split()[0] == moved[0]
    assert hub(repo) == local(repo)


def test_the_remote_moves_at_the_approval(repo: Path) -> None:
    """What was approved is not what would land, so it is integrated, tested and asked anew."""
    moved: list[str] = []
    with serving(target.Team(again())):
        assert go(repo, Plan(("merge", when(lambda: moved.append(elsewhere(repo)))))).state.finished == "merged"
    assert [act.action for act in kit.of(kit.journal(repo), Failed)] == ["merge feature/add-farewell to develop"]
    assert target.git(repo, "show", "-s", "--format=%P", merges(repo)[0]).split()[0] == moved[0]
    assert hub(repo) == local(repo)


@pytest.mark.parametrize("out", [False, True])
def test_a_push_that_comes_too_late_is_undone_here(repo: Path, out: bool) -> None:
    with serving(target.Team(course())):
        candidate = at_merge(repo)
    if out:
        target.git(repo, "checkout", "-q", "develop")
        (repo / "README.md").write_text("I am writing here.\n")
    before, status = local(repo), target.git(repo, "status", "--porcelain")
    late = racing(repo)
    found = opened(repo).merge(candidate, "develop", "feat: it", 1_700_000_000, checkout=out)
    assert found == {"moved": late}
    assert (local(repo), hub(repo)) == (before, late)
    assert target.git(repo, "status", "--porcelain") == status
    assert (repo / target.FOLDER / "proposal.md").read_text() == target.PROPOSAL
    assert not merges(repo)


def test_a_push_that_is_refused_parks_and_changes_nothing(repo: Path) -> None:
    with serving(target.Team(course())):
        at_merge(repo)
        before = local(repo)
        closed = hook(repo, "echo 'closed for the night' >&2\nexit 1\n")
        with pytest.raises(Parked, match=r"origin did not take develop: .*closed for the night"):
            go(repo)
        assert (local(repo), hub(repo)) == (before, before)
        closed.unlink()
        assert go(repo).state.finished == "merged"
    assert len(merges(repo)) == 1 and hub(repo) == local(repo)


def test_a_kill_between_move_and_push_is_made_good(repo: Path) -> None:
    with serving(target.Team(course())):
        candidate = at_merge(repo)
    before = hub(repo)
    done = merged(repo, candidate)
    target.git(repo.parent / "hub.git", "update-ref", "refs/heads/develop", before)
    assert merged(repo, candidate) == done and hub(repo) == local(repo) == done["commit"]
    assert merged(repo, candidate) == done and merges(repo) == [done["commit"]]


@pytest.mark.parametrize("path", [MINUTES, "docs/new.md"])
def test_a_kill_and_a_move_meanwhile(repo: Path, path: str) -> None:
    """The merge that only this clone has is taken back; it is made again only where nothing became stale."""
    with serving(target.Team(course())):
        candidate = at_merge(repo)
    before = hub(repo)
    lost = merged(repo, candidate)["commit"]
    target.git(repo.parent / "hub.git", "update-ref", "refs/heads/develop", before)
    moved = elsewhere(repo, path)
    found = merged(repo, candidate)
    if path == MINUTES:
        assert found["commit"] != lost and hub(repo) == local(repo) == found["commit"]
        assert target.git(repo, "show", "-s", "--format=%P", found["commit"]).split()[0] == moved
        assert target.git(repo, "show", f"develop:{MINUTES}") == "New."
    else:
        assert found == {"moved": moved} and (local(repo), hub(repo)) == (before, moved)


def test_a_record_is_numbered_after_what_the_remote_has(repo: Path) -> None:
    elsewhere(repo, MINUTES)
    files = {"TBC/minutes/TBC-MIN-NNN-2026-01-02.md": "# TBC-MIN-NNN\n"}
    before = hub(repo)
    made = [opened(repo).record("develop", files, "docs: it", 1_700_000_000, checkout=False) for _ in range(2)]
    assert made[0] == made[1] and made[0]["files"] == ["TBC/minutes/TBC-MIN-002-2026-01-02.md"]
    assert hub(repo) == local(repo) == made[0]["commit"]
    target.git(repo.parent / "hub.git", "update-ref", "refs/heads/develop", before)
    assert not opened(repo).confirm(made[0]["commit"], "develop", before)["reachable"]
    again_ = opened(repo).record("develop", files, "docs: it", 1_700_000_000, checkout=False)
    assert again_ == made[0] and hub(repo) == local(repo) == made[0]["commit"]
    assert opened(repo).confirm(made[0]["commit"], "develop", before)["reachable"]


def test_work_that_was_not_pushed_is_named_and_not_pushed(repo: Path) -> None:
    with serving(target.Team(course())):
        candidate = at_merge(repo)
    before = hub(repo)
    own = target.git(repo, "commit-tree", "develop^{tree}", "-p", "develop", "-m", "chore: mine")
    target.git(repo, "update-ref", "refs/heads/develop", own)
    with pytest.raises(Parked, match="commits here that origin lacks"):
        merged(repo, candidate)
    assert (local(repo), hub(repo)) == (own, before)
    assert "unpushed commits" in opened(repo).odd()


def test_a_remote_that_can_not_be_asked(repo: Path) -> None:
    target.git(repo, "remote", "set-url", "origin", str(repo.parent / "gone.git"))
    with pytest.raises(Parked, match=r"develop can't be fetched from origin: .*gone\.git"):
        go(repo)
    target.git(repo, "remote", "remove", "origin")
    with pytest.raises(Parked, match="does not have; `git remote add origin URL`"):
        go(repo)
