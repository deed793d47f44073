"""Gates that read git only: proposal, branch, scope, lock, commits, changelog, architecture."""

from __future__ import annotations

import pytest

from harness.config import Config, parse
from harness.domain.change import Change
from harness.domain.message import problems
from harness.gates import architecture, branch, changelog, commits, lock, proposal, scope
from harness.openspec.lock import lock as lock_of
from tests.gates.conftest import Stand

FOLDER = "openspec/changes/add-items"
WHY = "People lose track of what they have in store."
PROPOSAL = """# Add items

## Why

People lose track of what they have in store.

## What Changes

- Items can be added and read over HTTP.
"""


def test_a_proposal_in_own_words_passes(stand: Stand) -> None:
    stand.repo.commit({f"{FOLDER}/proposal.md": PROPOSAL})
    subject = stand.subject()
    result = proposal.check(subject, stand.bench)
    assert result.passed
    assert (result.commit, result.tree, result.config) == (subject.head, subject.tree, subject.config.digest)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (PROPOSAL.replace("## Why", "## Wherefore"), "proposal-section"),
        (PROPOSAL.replace(WHY, "<!-- why is it needed, at length -->"), "proposal-empty"),
        (PROPOSAL.replace(WHY, "<Explain the reason for this change>"), "proposal-empty"),
        ("```\n" + PROPOSAL + "```\n", "proposal-section"),
        (b"## Why\n\xff\xfe", "proposal-text"),
    ],
)  # fmt: skip
def test_a_proposal_without_words_fails(stand: Stand, text: str | bytes, rule: str) -> None:
    stand.repo.commit({f"{FOLDER}/proposal.md": text})
    result = proposal.check(stand.subject(), stand.bench)
    assert result.result == "failed"
    assert rule in {finding.rule for finding in result.findings}
    assert result.findings[0].path == f"{FOLDER}/proposal.md"


def test_a_missing_proposal_fails(stand: Stand) -> None:
    assert proposal.check(stand.subject(), stand.bench).findings[0].rule == "proposal-missing"


@pytest.mark.parametrize(
    ("name", "passes"), [("add-items", True), ("Add Items", False), ("../x", False), ("archive", False)]
)
def test_names_and_branches(stand: Stand, name: str, passes: bool) -> None:
    assert branch.check(stand.subject(change=Change(name=name)), stand.bench).passed is passes


def test_a_branch_that_everybody_shares_fails(stand: Stand) -> None:
    config = parse('[git]\ndevelop = "feature/add-items"')
    assert branch.check(stand.subject(config), stand.bench).findings[0].rule == "branch-shared"


def test_scope_measures_from_the_commit_at_which_the_stage_was_entered(stand: Stand) -> None:
    entered = stand.repo.commit({"app/a.py": "x = 1\n"})
    stand.repo.commit({"docs/a.md": "text\n"})
    subject = stand.subject(
        entered=entered, writes=lambda p: "" if p.startswith("docs/") else "the writer may not write it"
    )
    assert scope.check(subject, stand.bench).passed


@pytest.mark.parametrize("path", ["app/a.py", f"{FOLDER}/record/summary.md", "TBC/x.md", "openspec/Backlog.md"])
def test_scope_refuses_other_paths_and_records(stand: Stand, path: str) -> None:
    stand.repo.commit({path: "x\n"})
    subject = stand.subject(writes=lambda p: "the writer may not write it" if p.startswith("app/") else "")
    result = scope.check(subject, stand.bench)
    assert result.result == "failed"
    assert [finding.path for finding in result.findings] == [path]


def _locked(stand: Stand) -> str:
    head = stand.repo.git("rev-parse", "HEAD")
    return lock_of(lambda path: stand.bench.read(head, path), stand.bench.paths(head), FOLDER, stand.base)


def test_the_lock_holds_over_ticks_and_reports(stand: Stand) -> None:
    stand.repo.commit({f"{FOLDER}/proposal.md": PROPOSAL, f"{FOLDER}/tasks.md": "- [ ] 1.1 do\n"})
    approved = _locked(stand)
    stand.repo.commit({f"{FOLDER}/tasks.md": "- [x] 1.1 do\n", f"{FOLDER}/record/qa.md": "all well\n", "a.py": "\n"})
    assert lock.check(stand.subject(lock=approved), stand.bench).passed


@pytest.mark.parametrize(
    "files",
    [
        {f"{FOLDER}/proposal.md": PROPOSAL + "\n"},
        {f"{FOLDER}/specs/new.md": "more\n"},
        {f"{FOLDER}/tasks.md": "- [ ] 1.1 do it\n"},
        {f"{FOLDER}/proposal.md": None},
    ],
)
def test_the_lock_breaks_on_one_byte(stand: Stand, files: dict[str, str | bytes | None]) -> None:
    stand.repo.commit({f"{FOLDER}/proposal.md": PROPOSAL, f"{FOLDER}/tasks.md": "- [ ] 1.1 do\n"})
    approved = _locked(stand)
    stand.repo.commit(files)
    result = lock.check(stand.subject(lock=approved), stand.bench)
    assert result.result == "failed"
    assert result.findings[0].path.startswith(FOLDER)


def test_without_an_approval_the_lock_could_not_run(stand: Stand) -> None:
    assert lock.check(stand.subject(), stand.bench).result == "could not run"


def test_straight_conventional_commits_pass(stand: Stand) -> None:
    stand.repo.commit({"a": "1"}, "feat(items): add items\n\nBecause people asked for them.")
    stand.repo.commit({"a": "2"}, "fix!: embed the address")
    result = commits.check(stand.subject(), stand.bench)
    assert result.passed
    assert result.figures == {"commits": 2}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("Added items", "conventional"),
        ("feature: add items", "type"),
        ("feat: added items", "imperative"),
        ("feat: adding items", "imperative"),
        ("feat: fixes items", "imperative"),
        ("feat: logged errors", "imperative"),
        ("feat: " + "add " * 17, "characters"),
        ("feat: add items\nat once", "blank line"),
        ("feat(Big Scope): add items", "scope"),
        ("", "empty"),
    ],
)
def test_messages_that_are_wrong(message: str, word: str) -> None:
    assert any(word in text for text in problems(message))


@pytest.mark.parametrize(
    "word", ["add", "fix", "use", "process", "need", "pass", "release", "embed", "focus", "speed", "bring", "alias"]
)
def test_imperatives_that_look_otherwise(word: str) -> None:
    assert problems(f"fix: {word} the thing") == []


def test_empty_and_merge_commits_fail(stand: Stand) -> None:
    stand.repo.commit({}, "feat: add nothing")
    stand.repo.git("checkout", "-q", "-b", "side", stand.base)
    stand.repo.commit({"b": "1"}, "feat: add b")
    stand.repo.git("checkout", "-q", "develop")
    stand.repo.git("merge", "-q", "--no-ff", "-m", "chore: merge side", "side")
    rules = {finding.rule for finding in commits.check(stand.subject(), stand.bench).findings}
    assert rules == {"commits-empty", "commits-merge"}


def test_a_branch_without_commits_fails(stand: Stand) -> None:
    assert commits.check(stand.subject(), stand.bench).findings[0].rule == "commits-none"


def test_a_new_line_in_the_changelog_passes(stand: Stand) -> None:
    stand.rebase({"CHANGELOG.md": "# Changes\n\n## Unreleased\n"})
    stand.repo.commit({"CHANGELOG.md": "# Changes\n\n## Unreleased\n\n- Items can be added.\n"})
    assert changelog.check(stand.subject(), stand.bench).passed


@pytest.mark.parametrize(
    "after", ["# Changes\n\n- Old thing here.\n", "# Changes\n- Old thing here.\n## New heading\n-\n\n", None]
)
def test_a_changelog_that_says_nothing_new_fails(stand: Stand, after: str | None) -> None:
    stand.rebase({"CHANGELOG.md": "# Changes\n\n- Old thing here.\n"})
    stand.repo.commit({"CHANGELOG.md": after, "a": "1"})
    assert changelog.check(stand.subject(), stand.bench).result == "failed"


def test_architecture_lists_dependencies_and_surfaces(stand: Stand) -> None:
    stand.rebase(
        {
            "requirements.txt": "flask>=3\nold==1\n",
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["a>=1"]\n[tool.x]\ny = 1\n',
            "package.json": '{"dependencies": {"left": "1"}}',
        }
    )
    stand.repo.commit(
        {
            "requirements.txt": "flask>=3.1\nhttpx>=0.27  # http\n",
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["a>=1"]\n[tool.x]\ny = 2\n',
            "package.json": '{"dependencies": {"left": "1"}, "devDependencies": {"jest": "^30"}}',
            "app/auth.py": "x = 1\n",
            "openspec/specs/auth/spec.md": "words\n",
            "uv.lock": "x\n",
        }
    )
    subject = stand.subject()
    assert architecture.items(subject, stand.bench) == [
        "auth: app/auth.py added",
        "dependency: package.json adds jest@^30",
        "protected: pyproject.toml changes [tool.x]",
        "dependency: requirements.txt adds httpx>=0.27",
        "dependency: requirements.txt removes old==1",
        "dependency: requirements.txt changes flask>=3 to flask>=3.1",
        "dependency: uv.lock added",
    ]
    result = architecture.check(subject, stand.bench)
    assert result.passed
    assert result.figures == {"items": 7}


@pytest.mark.parametrize("text", ["[project\n", "[project]\ndependencies = 5\n", "\xff"])
def test_a_manifest_that_cannot_be_read_is_an_item(stand: Stand, text: str) -> None:
    stand.repo.commit({"pyproject.toml": text.encode("latin-1")})
    assert architecture.items(stand.subject(Config()), stand.bench) == ["dependency: pyproject.toml added"]
