"""Git is told what to honour: no setting, hook, filter, attribute, variable or name of anybody else steers ours.

Each way is planted with a program that leaves a mark when it runs. Where a plain git would run it, the test first shows
that it does.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.config import parse
from harness.errors import Mistake, Parked
from harness.workspace.checkout import advance, where
from harness.workspace.git import ZERO, Git, GitFailed
from harness.workspace.locate import clean, kept, locate
from tests import target
from tests.engine.kit import go, journal, serving
from tests.engine.test_lock import course

WORD = "evil"
ODD = [
    b"with\nnewline",
    b"with\rreturn",
    b"tab\there",
    b'quo"te',
    b"back\\slash",
    b"nai\xefve",
    "é".encode(),
    b"-x",
    b":(top)y",
]
NAMES = ["", "-x", "--output=x", "--upload-pack=x", "a b", "a\nb", "a\x7fb", "a\tb"]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return target.make(tmp_path / "repo")


def mark(folder: Path, *, then: str = "cat") -> tuple[Path, Path]:
    """(a program that leaves a mark, the mark)."""
    folder.mkdir(parents=True, exist_ok=True)
    program, left = folder / "evil.sh", folder / "it-ran"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{left}'\n{then}\n")
    program.chmod(0o755)
    return program, left


def settings(program: Path, hooks: Path) -> dict[str, str]:
    """Everything in a repository's own configuration that makes git run something."""
    hooks.mkdir(exist_ok=True)
    for name in (
        "post-index-change",
        "reference-transaction",
        "pre-commit",
        "post-commit",
        "post-checkout",
        "commit-msg",
    ):
        (hooks / name).write_text(program.read_text())
        (hooks / name).chmod(0o755)
    return {
        "core.fsmonitor": str(program),
        "core.hooksPath": str(hooks),
        "core.pager": str(program),
        "core.editor": str(program),
        "core.sshCommand": str(program),
        "core.askPass": str(program),
        "core.alternateRefsCommand": str(program),
        "diff.external": str(program),
        "gpg.program": str(program),
        "credential.helper": f"!{program}",
        "log.showSignature": "true",
        **{f"filter.{WORD}.{what}": str(program) for what in ("clean", "smudge")},
        **{f"diff.{WORD}.{what}": str(program) for what in ("command", "textconv")},
        f"merge.{WORD}.driver": f"{program} %A",
        "alias.commit-tree": f"!{program}",
        "merge.renormalize": "true",
        "submodule.recurse": "true",
        "uploadpack.packObjectsHook": str(program),
    }


def plant(top: Path, files: dict[str, str]) -> None:
    """Commit files to develop; main stays checked out, as it was."""
    target.git(top, "stash", "-qu")
    target.git(top, "checkout", "-q", "develop")
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    target.git(top, "add", "-A")
    target.git(top, "commit", "-qm", "chore: plant")
    target.git(top, "checkout", "-q", "main")
    target.git(top, "stash", "pop", "-q")


def test_a_run_starts_nothing_that_a_repository_names(repo: Path, tmp_path: Path) -> None:
    program, left = mark(tmp_path / "evil")
    plant(
        repo, {".gitattributes": f"* filter={WORD} diff={WORD} merge={WORD}\n", ".husky/post-index-change": "exit 1\n"}
    )
    (repo / ".git" / "info" / "attributes").write_text(f"* filter={WORD} diff={WORD}\n")
    for name, value in settings(program, tmp_path / "hooks").items():
        target.git(repo, "config", name, value)
    target.git(repo, "diff", "main", "develop")
    assert left.exists(), "a plain git runs it, or the test shows nothing"
    left.unlink()
    with serving(target.Team(course())):
        assert go(repo).state.finished == "merged"
    assert not left.exists(), left.read_text()


def test_a_merge_asks_no_driver_that_attributes_name(repo: Path, tmp_path: Path) -> None:
    program, left = mark(tmp_path / "evil", then="exit 0")
    plant(repo, {".gitattributes": f"*.md merge={WORD}\n", "a.md": "one\ntwo\nthree\n"})
    target.git(repo, "config", f"merge.{WORD}.driver", f"{program} %A")
    target.git(repo, "stash", "-qu")
    for branch, line in (("ours", "first"), ("theirs", "last")):
        target.git(repo, "checkout", "-qb", branch, "develop")
        (repo / "a.md").write_text("first\ntwo\nthree\n" if line == "first" else "one\ntwo\nlast\n")
        target.git(repo, "commit", "-qam", f"chore: {line}")
    subprocess.run(["git", "-C", repo, "merge", "-q", "ours"], env={**os.environ, "GIT_EDITOR": "true"}, check=False)
    assert left.exists()
    left.unlink()
    git = Git(repo / ".git")
    theirs = git.commit("refs/heads/theirs~1") if git.log("develop", "theirs")[1:] else git.commit("refs/heads/theirs")
    tree, conflicts = git.merge(git.commit("refs/heads/ours"), theirs)
    assert not conflicts and git.read(tree, "a.md") == b"first\ntwo\nlast\n" and not left.exists()


VARIABLES = {
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_COMMON_DIR": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere/objects",
    "GIT_NAMESPACE": "elsewhere",
    "GIT_PREFIX": "elsewhere/",
    "GIT_CONFIG": "/nowhere/config",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "PROGRAM",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='PROGRAM'",
    "GIT_EXTERNAL_DIFF": "PROGRAM",
    "GIT_PAGER": "PROGRAM",
    "GIT_EDITOR": "PROGRAM",
    "GIT_SEQUENCE_EDITOR": "PROGRAM",
    "GIT_ATTR_SOURCE": "develop",
    "GIT_REPLACE_REF_BASE": "refs/elsewhere/",
    "GIT_GRAFT_FILE": "/nowhere/grafts",
    "GIT_SHALLOW_FILE": "/nowhere/shallow",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ICASE_PATHSPECS": "1",
    "GIT_DIFF_OPTS": "-u0",
    "GIT_EXEC_PATH": "/nowhere",
    "GIT_TEMPLATE_DIR": "/nowhere",
    "GIT_DEFAULT_HASH": "sha256",
    "GIT_QUARANTINE_PATH": "/nowhere",
    "GIT_TRACE": "/nowhere/trace",
}


def test_variables_of_an_outer_git_change_nothing(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, left = mark(tmp_path / "evil")
    with monkeypatch.context() as patch:
        for name, value in VARIABLES.items():
            patch.setenv(name, value.replace("PROGRAM", str(program)))
        assert locate(repo) == (repo, repo / ".git")
        with serving(target.Team(course())):
            assert go(repo).state.finished == "merged"
        assert where(Git(repo / ".git"), "main") == repo and kept(repo / ".git")
    assert not left.exists()
    assert target.git(repo, "rev-parse", "--verify", "develop~1^2")


def test_no_other_program_is_given_the_key(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signer stands for all of them: it is the user's, and git starts it."""
    program, left = mark(tmp_path / "evil", then='env >> "$(dirname "$0")/environment"; exit 1')
    for name, value in (("commit.gpgSign", "true"), ("gpg.program", str(program))):
        target.git(repo, "config", name, value)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-others")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-not-for-others")
    git = Git(repo / ".git")
    assert "could not be signed" in git.signing_fails(("a", "b@c"))
    seen = (tmp_path / "evil" / "environment").read_text()
    assert left.exists() and "PATH=" in seen and "not-for-others" not in seen
    assert not any(name.startswith("ANTHROPIC") for name in clean())


def test_replacements_and_grafts_are_not_looked_at(repo: Path) -> None:
    git = Git(repo / ".git")
    old = git.commit("refs/heads/develop")
    plant(repo, {"b.md": "second\n"})
    new = git.commit("refs/heads/develop")
    target.git(repo, "replace", new, old)
    (repo / ".git" / "info" / "grafts").write_text(f"{new}\n")
    assert target.git(repo, "ls-tree", "--name-only", new, "b.md") == "", "a plain git looks at the replacement"
    assert git.read(new, "b.md") == b"second\n" and git.ancestor(old, new)
    assert [row["parents"] for row in git.log(old, new)] == [old]


def test_a_bare_repository_among_the_files_is_no_repository(repo: Path, tmp_path: Path) -> None:
    program, left = mark(tmp_path / "evil")
    target.git(repo, "init", "-q", "--bare", "inner")
    for name, value in (("core.fsmonitor", str(program)), ("core.worktree", ".."), ("core.bare", "false")):
        target.git(repo, f"--git-dir={repo / 'inner'}", "config", name, value)
    plain = subprocess.run(["git", "status"], cwd=repo / "inner", capture_output=True, check=False, text=True)
    assert left.exists(), plain.stderr
    left.unlink()
    with pytest.raises(Mistake, match="lies in a bare repository"):
        locate(repo / "inner")
    assert not left.exists()


def test_a_linked_worktree_is_the_same_repository(repo: Path, tmp_path: Path) -> None:
    target.git(repo, "worktree", "add", "-q", str(tmp_path / "linked"), "develop")
    assert (tmp_path / "linked" / ".git").is_file()
    assert locate(tmp_path / "linked") == (tmp_path / "linked", repo / ".git")
    assert where(Git(repo / ".git"), "develop") == tmp_path / "linked"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_is_not_used(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for path in (repo, repo / ".git"):
        os.chown(path, 54321, 54321)
    with pytest.raises(Mistake, match=r"belongs to another user.*safe.directory"):
        locate(repo)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_an_option(repo: Path, name: str) -> None:
    git = Git(repo / ".git")
    tip = git.commit("refs/heads/develop")
    for look in (
        lambda: git.paths(name),
        lambda: git.tree(name),
        lambda: git.read(name, "README.md"),
        lambda: git.changed(name, tip),
        lambda: git.log(name, tip),
        lambda: git.ancestor(name, tip),
        lambda: git.merge(name, tip),
    ):
        with pytest.raises(GitFailed, match="names no commit"):
            look()
    assert git.commit(name) == "" and not (repo / "x").exists()
    with pytest.raises(GitFailed):
        git.record(parent=tip, changes={}, message="x", ref=f"refs/harness/a\n{name}", date=1_700_000_000)


@pytest.mark.parametrize(
    "name",
    ["-x", "--upload-pack=x", "a..b", "a@{1}", "a:b", "a b", "a\nb", "a^b", "a~1", "/a", "a/", "a//b", "", ".a", "a."],
)
def test_a_branch_of_the_configuration_is_a_plain_name(name: str) -> None:
    with pytest.raises(Mistake, match=r"git\.develop"):
        parse(f"[git]\ndevelop = {name.encode('unicode_escape').decode()!r}".replace("'", '"'))


@pytest.mark.parametrize("name", ["develop", "release/1.x", "dev-2", "entwicklung/größer"])
def test_usual_branches_are_plain_names(name: str) -> None:
    assert parse(f'[git]\ndevelop = "{name}"').git.develop == name


@pytest.mark.parametrize(
    "path",
    [
        "../repo/README.md",
        "/etc/passwd",
        "greeter/",
        "greeter",
        "",
        ".",
        "./README.md",
        "a\0b",
        ":(glob)**",
        ":/README.md",
    ],
)
def test_a_path_is_a_path(repo: Path, path: str) -> None:
    git = Git(repo / ".git")
    assert git.read(git.commit("refs/heads/develop"), path) is None


def test_paths_of_any_bytes_pass_through_whole(repo: Path) -> None:
    git = Git(repo / ".git")
    names = [os.fsdecode(raw) for raw in ODD]
    changes: dict[str, tuple[str, bytes] | None] = {
        name: ("100644", name.encode(errors="surrogateescape")) for name in names
    }
    tip = git.commit("refs/heads/develop")
    new = git.record(parent=tip, changes=changes, message="chore: odd", ref="refs/harness/odd", date=1_700_000_000)
    assert git.changed(tip, new) == dict.fromkeys(sorted(names, key=os.fsencode), "A")
    assert {path: data for path, _, data in git.files(new) if path in names} == {n: os.fsencode(n) for n in names}
    for name in names:
        assert git.read(new, name) == os.fsencode(name)
    less = git.edit(git.tree(new), {name: None for name in names})
    assert less == git.tree(tip)


def test_authors_end_no_line_of_a_commit(repo: Path) -> None:
    git = Git(repo / ".git")
    tip = git.commit("refs/heads/develop")
    forged = ("x <a@b> 1 +0000\ncommit refs/heads/main\nmark :9", "m\nfrom >")
    new = git.record(parent=tip, changes={}, message="chore: x", ref="refs/harness/x", date=1, author=forged)
    assert git.log(tip, new)[0]["author"].startswith("x a@b 1 +0000commit") and git.commit("refs/heads/main") == tip


def test_content_that_was_never_fetched_is_not_fetched(repo: Path, tmp_path: Path) -> None:
    program, left = mark(tmp_path / "evil", then='exec git-upload-pack "$@"')
    target.git(repo, "config", "uploadpack.allowFilter", "true")
    target.git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo}", "part")
    part = tmp_path / "part"
    target.git(part, "config", "remote.origin.uploadpack", str(program))
    target.git(part, "config", "protocol.file.allow", "always")
    git, tip = Git(part / ".git"), target.git(part, "rev-parse", "origin/develop")
    with pytest.raises(GitFailed):
        git.read(tip, "README.md")
    with pytest.raises(GitFailed):
        list(git.files(tip))
    assert not left.exists()
    target.git(part, "cat-file", "blob", f"{tip}:README.md")
    assert left.exists(), "a plain git fetches it"


def linked(top: Path) -> tuple[Git, str, str]:
    """(git, old, new) of a repository where develop is checked out and clean, and `new` lies beside it."""
    target.git(top, "stash", "-qu")
    target.git(top, "checkout", "-q", "develop")
    git = Git(top / ".git")
    return git, git.commit("refs/heads/develop"), ""


def test_a_checkout_runs_no_program_that_the_repository_holds(repo: Path, tmp_path: Path) -> None:
    _, left = mark(tmp_path / "evil")
    script = f"#!/bin/sh\necho ran >> '{left}'\ncat\n"
    plant(repo, {".gitattributes": f"*.md filter={WORD}\n", "tools/up.sh": "#!/bin/sh\ncat\n"})
    git, old, _ = linked(repo)
    changes: dict[str, tuple[str, bytes] | None] = {
        "tools/up.sh": ("100755", script.encode()),
        "zz.md": ("100644", b"new\n"),
    }
    new = git.record(parent=old, changes=changes, message="feat: bring it", ref="refs/harness/new", date=1_700_000_000)
    for command in (
        "sh tools/up.sh %f",
        "./tools/up.sh",
        f"sh {repo}/tools/up.sh",
        "sh $(git rev-parse --show-toplevel)/tools/up.sh",
    ):
        target.git(repo, "config", f"filter.{WORD}.smudge", command)
        with pytest.raises(Parked, match=f"filter {WORD} runs a program of this repository"):
            advance(git, "develop", new, old, consent=True)
        assert git.commit("refs/heads/develop") == old and not left.exists() and not (repo / "zz.md").exists()
    target.git(repo, "read-tree", "-m", "-u", old, new)
    assert left.exists(), "a plain git runs it"


def test_the_persons_own_filter_runs_and_no_hook_does(repo: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "shout").write_text("#!/bin/sh\ntr a-z A-Z\n")
    (own / "shout").chmod(0o755)
    plant(
        repo,
        {".gitattributes": f"*.txt filter={WORD}\n", ".husky/post-index-change": f"#!/bin/sh\necho >> {own}/hook\n"},
    )
    target.git(repo, "config", f"filter.{WORD}.smudge", str(own / "shout"))
    target.git(repo, "config", "core.hooksPath", ".husky")
    target.git(repo, "config", "core.fsmonitor", f"echo >> {own}/hook; echo")
    git, old, _ = linked(repo)
    (own / "hook").unlink(missing_ok=True)
    changes: dict[str, tuple[str, bytes] | None] = {
        "c.txt": ("100644", b"new\n"),
        ".husky/post-index-change": ("100755", f"#!/bin/sh\necho >> {own}/hook\n".encode()),
    }
    new = git.record(parent=old, changes=changes, message="feat: bring it", ref="refs/harness/new", date=1_700_000_000)
    assert advance(git, "develop", new, old, consent=True)
    assert (repo / "c.txt").read_text() == "NEW\n" and not (own / "hook").exists()


def test_a_submodule_is_carried_and_never_fetched(repo: Path, tmp_path: Path) -> None:
    """Also one whose path ends in a carriage return, which a git may write down without it."""
    program, left = mark(tmp_path / "evil")
    target.git(repo, "config", "protocol.file.allow", "always")
    target.git(repo, "config", "submodule.recurse", "true")
    target.git(repo, "config", "submodule.sub.update", f"!{program}")
    target.git(repo, "config", "submodule.sub.active", "true")
    git = Git(repo / ".git")
    tip = git.commit("refs/heads/develop")
    module = f'[submodule "sub"]\n\tpath = "sub\r"\n\turl = file://{repo}\n\tupdate = !{program}\n'
    made = git.record(
        parent=tip,
        changes={".gitmodules": ("100644", module.encode())},
        message="chore: x",
        ref="refs/harness/x",
        date=1_700_000_000,
    )
    with_link = subprocess.run(
        ["git", f"--git-dir={repo}/.git", "mktree", "-z"],
        input=target.git(repo, "ls-tree", "-z", made).encode() + f"160000 commit {tip}\tsub\r\0".encode(),
        capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    new = git.seal(
        with_link, (tip,), "chore: add a submodule", author=("a", "a@b"), committer=("a", "a@b"), date=1_700_000_000
    )
    git.move("refs/heads/develop", new, tip)
    with serving(target.Team(course())):
        assert go(repo).state.finished == "merged"
    assert git.paths(git.commit("refs/heads/develop"))["sub\r"] == ("160000", tip)
    assert not left.exists() and not (repo / ".git" / "modules").exists()
    assert any("submodules" in str(entry.event) for entry in journal(repo))
    assert git.move("refs/heads/main-2", new, ZERO)
