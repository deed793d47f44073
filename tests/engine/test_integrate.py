"""develop moves, or is checked out: what lands is what was gated and approved, and nobody's work is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.adapters import person
from harness.domain.decision import Decision
from harness.domain.event import Asked, Driver, Failed
from harness.errors import GaveUp, Parked
from harness.flow.fold import fold
from harness.journal.sqlite import SqliteJournal
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting
from tests.engine.test_lock import course, meddle


def merges(top: Path) -> list[str]:
    return target.git(top, "rev-list", "--merges", "develop").split()


def at_merge(top: Path) -> None:
    """Take the run to the merge's approval, which is left open."""
    with pytest.raises(Parked):
        go(top, Plan(("merge", later)))


def note(number: int) -> list[list[dict[str, object]]]:
    """A round of the developer that does not help."""
    line = target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text=f"- Note {number}.\n")
    return [[line], [target.delivery("docs(changelog): add a note")]]


def again() -> dict[str, list[list[dict[str, object]]]]:
    """The course, with a second QA and review."""
    more = course()
    look = [target.call("view", path="README.md", view_range=[])]
    return {
        **more,
        "qa/2": [look, [target.signoff()]],
        **{f"implement/{n}": note(n) for n in (2, 3, 4)},
        "review/2": [look, [target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    }


def test_develop_moved_cleanly_before_the_integration(repo: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        moved = meddle(repo, "docs/new.md", "", "New.\n", "develop")
        assert go(repo).state.finished == "merged"
    assert target.git(repo, "show", "-s", "--format=%P", merges(repo)[0]).split()[0] == moved
    assert target.git(repo, "show", "develop:docs/new.md") == "New."


@pytest.mark.parametrize("when", ["before the approval", "after the approval"])
def test_develop_moved_at_the_approval(repo: Path, when: str) -> None:
    """A new candidate is gated, reviewed and approved; what was authorized is told to have failed."""
    with serving(target.Team(again())):
        at_merge(repo)
        first = fold(kit.journal(repo)).artifacts["candidate"]
        put(repo, said()(waiting(repo)))
        if when == "after the approval":
            assert settle(repo)
        moved = meddle(repo, "docs/new.md", "", "New.\n", "develop")
        with pytest.raises(Parked, match="merge"):
            go(repo, Plan(("merge", later)))
        assert not merges(repo) and target.git(repo, "rev-parse", "develop") == moved
        assert [act.action for act in kit.of(kit.journal(repo), Failed)] == ["merge feature/add-farewell to develop"]
        assert "not" in kit.messages(repo)[-1].text and moved[:12] in kit.messages(repo)[-1].text
        second = fold(kit.journal(repo)).artifacts["candidate"]
        assert second["develop"] == moved and second["tree"] != first["tree"]
        assert waiting(repo).detail["about"]["candidate"] == second
        assert go(repo).state.finished == "merged"
    assert target.git(repo, "rev-parse", f"{merges(repo)[0]}^{{tree}}") == second["tree"]
    assert len(merges(repo)) == 1


def test_a_conflict_goes_back_to_the_developer_as_facts(repo: Path) -> None:
    with serving(target.Team(again())) as endpoint:
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        meddle(repo, "greeter/__init__.py", '    return f"Hello, {name}"\n', '    return f"Hi, {name}"\n', "develop")
        with pytest.raises(GaveUp, match="conflicts with develop"):
            go(repo, Plan(("gave up", later)))
        briefs = [str(request["messages"][0]) for request in endpoint.requests]
    assert kit.passage(kit.journal(repo)).count(("integrate", "return", "implement")) == 3
    assert any("merge conflict with develop: greeter/__init__.py" in brief for brief in briefs)
    assert not merges(repo)


def test_a_commit_of_record_paths_makes_nothing_stale(repo: Path) -> None:
    """Another change's minutes landed meanwhile; a kill after the merge does not merge again."""
    with serving(target.Team(course())):
        at_merge(repo)
        other = meddle(repo, "TBC/minutes/TBC-MIN-001-2026-01-01.md", "", "# Minutes\n", "develop")
        assert go(repo).state.finished == "merged"
        with kit.at(repo) as found:
            entries = found.journal(target.CHANGE).read()
            merged = next(
                e.seq for e in entries if getattr(e.event, "key", "") == "merge/1/merge" and e.event.type == "answered"
            )
            found.store.execute("delete from entries where run=? and seq>=?", (target.CHANGE, merged))
            assert len(SqliteJournal(found.store, target.CHANGE).read()) == merged
        tip = target.git(repo, "rev-parse", "develop~1")
        target.git(repo, "update-ref", "refs/heads/develop", tip)
        assert go(repo).state.finished == "merged"
    assert merges(repo) == [tip]
    assert target.git(repo, "show", "-s", "--format=%P", tip).split()[0] == other
    names = target.git(repo, "ls-tree", "-r", "--name-only", "develop", "TBC/minutes").splitlines()
    assert [name.split("-2026")[0] for name in names] == ["TBC/minutes/TBC-MIN-001", "TBC/minutes/TBC-MIN-002"]


def develop_out(top: Path) -> None:
    """The user has develop checked out, with the proposal and other work in the tree."""
    target.git(top, "checkout", "-q", "develop")
    (top / "README.md").write_text("# greeter\n\nI am writing here.\n")


def with_consent(asked: Asked) -> Decision:
    return said(update_checkout=True)(asked)


def test_a_checked_out_develop_waits_for_consent(repo: Path) -> None:
    develop_out(repo)
    with serving(target.Team(course())):
        with pytest.raises(Parked, match="develop is checked out in"):
            go(repo)
        assert not merges(repo)
        assert "update-checkout" in kit.of(kit.journal(repo), Driver)[-1].how
        assert go(repo, checkout=True).state.finished == "merged"
    assert target.git(repo, "status", "--porcelain") == "M README.md"
    assert "I am writing here" in (repo / "README.md").read_text()
    assert "say_bye" in (repo / "greeter/__init__.py").read_text()


def test_consent_at_the_approval_moves_the_files_too(repo: Path) -> None:
    develop_out(repo)
    with serving(target.Team(course())):
        assert go(repo, Plan(("merge", with_consent))).state.finished == "merged"
    assert target.git(repo, "status", "--porcelain") == "M README.md"


@pytest.mark.parametrize("kind", ["changed", "staged", "untracked"])
def test_the_users_work_is_never_overwritten(repo: Path, kind: str) -> None:
    develop_out(repo)
    path = repo / ("CHANGELOG.md" if kind != "untracked" else f"{target.FOLDER}/design.md")
    path.write_text("my own words\n")
    if kind == "staged":
        target.git(repo, "add", "CHANGELOG.md")
    before = target.git(repo, "status", "--porcelain"), target.git(repo, "rev-parse", "develop")
    with serving(target.Team(course())):
        with pytest.raises(Parked, match="overwriting your work"):
            go(repo, Plan(("merge", with_consent)))
        assert path.read_text() == "my own words\n"
        assert (target.git(repo, "status", "--porcelain"), target.git(repo, "rev-parse", "develop")) == before
        path.rename(repo.parent / "aside")
        if kind != "untracked":
            target.git(repo, "checkout", "-q", "HEAD", "--", "CHANGELOG.md")
        assert go(repo).state.finished == "merged"
    assert len(merges(repo)) == 1
    assert target.git(repo, "status", "--porcelain") == "M README.md"


def test_the_same_merge_is_found_again(repo: Path) -> None:
    """The act itself: done twice with the same question, it is one commit."""
    with serving(target.Team(course())):
        at_merge(repo)
    git = Git(repo / ".git")
    candidate = fold(kit.journal(repo)).artifacts["candidate"]
    with kit.at(repo) as found:
        place = GitRepo(git, found.top, target.CHANGE, person(git, found.top), "develop")
    first = place.merge(candidate, "develop", "feat: merge it", 1_700_000_000, checkout=False)
    assert place.merge(candidate, "develop", "feat: merge it", 1_700_000_000, checkout=False) == first
    assert merges(repo) == [first["commit"]]
