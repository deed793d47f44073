"""Set-ups in the real sandbox, on real git objects, with a registry on the loopback."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.config import parse
from harness.egress.host import Host
from harness.egress.outlet import Outlet
from harness.egress.source import Source
from harness.equipment import Equipment
from harness.errors import HarnessError, Mistake
from harness.ports import Command, Outfit, Sandbox
from harness.sandbox.none import NoSandbox
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import interpreter
from harness.setup.outfitter import Outfitter
from harness.workspace.git import Git
from tests.egress import kit

PYTHON = str(interpreter()[0])
FETCH = """
import os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile="/sockets/npm.pem")
os.makedirs("node_modules/.bin", exist_ok=True)
text = urllib.request.urlopen(sys.argv[1], timeout=60, context=context).read().decode()
open("node_modules/.bin/tool", "w").write("#!/bin/sh\\necho " + text)
os.chmod("node_modules/.bin/tool", 0o700)
open("node_modules/scripts", "w").write(os.environ.get("npm_config_ignore_scripts", "run"))
"""
FILES: dict[str, bytes] = {
    ".gitignore": b"node_modules/\n.venv\n*.log\n__pycache__/\n",
    "package.json": b'{"name": "a"}',
    "package-lock.json": b"1",
    "src/main.js": b"main",
    "lib/package.json": b"{}",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    found = open_sandbox(tmp_path_factory.mktemp("cache"))
    assert found.level == 3, found.why
    return found


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


class Project:
    """A repository, and set-ups of it."""

    def __init__(self, folder: Path, sandbox: Sandbox, base: str = "") -> None:
        subprocess.run(["git", "init", "-q", "--bare", str(folder / "repo.git")], check=True)
        self.git, self.folder, self.sandbox = Git(folder / "repo.git"), folder, sandbox
        self.base = base or self.commit(FILES)
        self.hosts: list[str] = []

    def commit(self, files: dict[str, bytes], parent: str = "", modes: dict[str, str] | None = None) -> str:
        changes: dict[str, tuple[str, bytes] | None] = {
            path: ((modes or {}).get(path, "100644"), data) for path, data in files.items()
        }
        return self.git.record(parent=parent, changes=changes, message="x", ref="refs/heads/x", date=1)

    def outfitter(
        self, shell: str, more: str = "", sandbox: Sandbox | None = None, source: Source | None = None
    ) -> Outfitter:
        """As a run makes it, anew each time: what is kept is in the user's cache alone."""
        return self.equipment(sandbox, source).outfitter(parse(f"[commands]\nsetup = {json.dumps(shell)}\n{more}"))

    def equipment(self, sandbox: Sandbox | None = None, source: Source | None = None) -> Equipment:
        made = sandbox or self.sandbox
        egress = None
        if source is not None:
            found = source
            egress = Outlet(made, scratch, sources={"npm": lambda: found}, resolve=lambda name, port: ["127.0.0.1"])
        return Equipment(
            self.git, made, self.folder / "cache", scratch, lambda: self.base, lambda text: None, egress=egress
        )

    def run(self, outfit: Outfit, shell: str) -> str:
        """What a command on a checkout says that has the outfit."""
        tree = Path(tempfile.mkdtemp(dir=self.folder))
        tree.chmod(0o755)
        return self.sandbox.run(Command(shell, tree, outfit.env, mounts=outfit.mounts)).output

    @property
    def kept(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "cache" / "setups").iterdir() if path.is_dir())


def sealed(outfit: Outfit) -> list[tuple[Path, str]]:
    """The directories that were kept."""
    return [(place, inside) for place, inside in outfit.mounts if place is not None]


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    return Project(tmp_path, sandbox)


MAKE = "mkdir -p node_modules/.bin && echo made > node_modules/a && date +%N > node_modules/when && rm -f package.json"


def test_what_it_makes_is_mounted_read_only_where_it_was_made(project: Project) -> None:
    outfit = project.outfitter(MAKE).outfit(project.base)
    assert project.run(outfit, "cat node_modules/a; echo x > node_modules/b; echo $PATH").splitlines() == [
        "made",
        "/bin/bash: line 1: node_modules/b: Read-only file system",
        "/repo/node_modules/.bin:/usr/local/bin:/usr/bin:/bin",
    ]
    ((place, inside),) = sealed(outfit)
    assert inside == "/repo/node_modules"
    found = place.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (os.getuid(), 0o755)


def test_tools_may_write_their_caches_in_it_for_themselves(project: Project) -> None:
    """Bundlers and test runners do, and end where they can't."""
    outfit = project.outfitter(f"{MAKE} && mkdir node_modules/.vite && ln -s / node_modules/.cache").outfit(
        project.base
    )
    shell = "mkdir -p node_modules/.vite/a/b node_modules/.vite-temp && echo x > node_modules/.vite/a/b/c && echo held"
    assert project.run(outfit, shell) == "held\n"
    assert (
        project.run(outfit, "find node_modules/.vite; touch node_modules/.cache/x").splitlines()[0]
        == "node_modules/.vite"
    )
    assert "/repo/node_modules/.cache" not in [inside for _, inside in outfit.mounts], "no link is mounted on"


def test_the_repositorys_secrets_are_not_in_its_checkout(project: Project) -> None:
    """What it leaves is mounted for roles that may not see them."""
    files = {**FILES, ".env": b"KEY=plain", "own/key": b"KEY=own", ".env.example": b"KEY="}
    project.base = project.commit(files)
    shell = "mkdir node_modules; for file in .env own/key .env.example; do cp $file node_modules; done; true"
    outfitter = project.outfitter(shell, '[secrets]\npatterns = ["own/**"]')
    changed = project.commit({"package-lock.json": b"2", "lib/.env": b"KEY=branch"}, parent=project.base)
    for commit in (project.base, changed):
        assert project.run(outfitter.outfit(commit), "ls -A node_modules").split() == [
            ".cache", ".env.example", ".vite", ".vite-temp", ".vitest",
        ]  # fmt: skip


def test_what_was_made_with_less_hidden_is_not_taken(project: Project) -> None:
    shell = "mkdir node_modules; touch node_modules/a; cp src/main.js node_modules; true"
    assert project.run(project.outfitter(shell).outfit(project.base), "ls node_modules") == "a\nmain.js\n"
    hiding = project.outfitter(shell, '[secrets]\npatterns = ["src/**"]')
    assert project.run(hiding.outfit(project.base), "ls node_modules") == "a\n"


def test_it_is_run_once_for_each_state_of_the_lock_files(project: Project) -> None:
    first = project.outfitter(MAKE)
    made = project.run(first.outfit(project.base), "cat node_modules/when")
    same = project.commit({"src/main.js": b"other"}, project.base)
    again = project.outfitter(MAKE)
    assert project.run(again.outfit(same), "cat node_modules/when") == made
    assert [(note.cached, note.branch) for note in (*first.notes(), *again.notes())] == [(False, False), (True, False)]
    other = project.commit({"lib/package.json": b'{"name": "b"}'}, project.base)
    assert project.run(again.outfit(other), "cat node_modules/when") != made
    (note,) = again.notes()
    assert (note.cached, note.branch, note.why) == (False, True, "")
    assert len(project.kept) == 2
    assert project.outfitter(f"{MAKE} && true").outfit(project.base).mounts != first.outfit(project.base).mounts


def test_a_changed_lock_file_lies_in_a_checkout_of_the_base(project: Project) -> None:
    changed = project.commit(
        {"package.json": b'{"name": "theirs"}', "src/main.js": b"theirs", "install.sh": b"theirs"}, project.base
    )
    shell = "mkdir node_modules && cat package.json src/main.js > node_modules/seen; ls > node_modules/all; true"
    said = project.run(project.outfitter(shell).outfit(changed), "cat node_modules/seen node_modules/all")
    assert said == '{"name": "theirs"}main' + "lib\nnode_modules\npackage-lock.json\npackage.json\nsrc\n"


def test_packages_run_no_code_for_lock_files_that_a_role_wrote(project: Project) -> None:
    shell = 'mkdir node_modules && echo "$npm_config_ignore_scripts $PIP_ONLY_BINARY" > node_modules/a'
    changed = project.commit({"package.json": b'{"name": "theirs"}'}, project.base)
    outfitter = project.outfitter(shell)
    assert project.run(outfitter.outfit(project.base), "cat node_modules/a") == " \n"
    assert project.run(outfitter.outfit(changed), "cat node_modules/a") == "true :all:\n"
    allowed = project.outfitter(shell, "[setup]\nscripts = true\n")
    assert project.run(allowed.outfit(changed), "cat node_modules/a") == " \n"
    # once it has landed, the same lock files are the base's, and their result is another one
    project.base = changed
    assert project.run(project.outfitter(shell).outfit(changed), "cat node_modules/a") == " \n"


def test_a_branch_does_not_choose_code_by_its_lock_files(project: Project) -> None:
    shell = "mkdir node_modules; touch node_modules/a"
    changed = project.commit({"requirements.txt": b"a\n--no-binary :all:\n"}, parent=project.base)
    with pytest.raises(Mistake, match=r"^requirements\.txt:2: it is more .*`\[setup\] scripts = true`"):
        project.outfitter(shell).outfit(changed)
    assert project.outfitter(shell, "[setup]\nscripts = true").outfit(changed).mounts


def test_a_lock_file_that_is_gone_is_gone(project: Project) -> None:
    gone = project.git.record(
        parent=project.base, changes={"package-lock.json": None}, message="x", ref="refs/heads/y", date=1
    )
    shell = "mkdir node_modules && ls package* > node_modules/a"
    assert project.run(project.outfitter(shell).outfit(gone), "cat node_modules/a") == "package.json\n"


def test_a_lock_file_that_is_a_link_is_refused(project: Project) -> None:
    link = project.commit({"package.json": b"/etc/passwd"}, project.base, {"package.json": "120000"})
    with pytest.raises(Mistake, match=r"package\.json decides .* regular file"):
        project.outfitter(MAKE).outfit(link)


def test_a_failure_says_how_the_command_ended(project: Project) -> None:
    outfitter = project.outfitter("echo no such package >&2; exit 3")
    assert outfitter.unready() == "`echo no such package >&2; exit 3` ended with 3: no such package"
    with pytest.raises(Mistake, match="ended with 3: no such package"):
        outfitter.outfit(project.base)
    (note,) = outfitter.notes()
    assert "no such package" in note.why
    assert project.kept == []


def test_a_failure_for_changed_lock_files_leaves_the_bases_toolchain(project: Project) -> None:
    outfitter = project.outfitter('test "$(cat package-lock.json)" = 1 || { echo bad lock; exit 1; }; ' + MAKE)
    changed = project.commit({"package-lock.json": b"2"}, project.base)
    outfit = outfitter.usable(changed)
    assert project.run(outfit, "cat node_modules/a") == "made\n"
    assert "bad lock" in outfit.note
    assert outfit.note.endswith("(the toolchain is that of the base commit)")
    assert outfitter.usable(project.base).note == ""


def test_a_set_up_that_leaves_nothing_says_what_to_do(project: Project) -> None:
    for shell in (
        "true",
        "mkdir build && touch build/a",
        "mkdir node_modules",
        "touch a.log",
        "mkdir -p src/__pycache__/a",
    ):
        assert "left nothing in a directory that .gitignore" in project.outfitter(shell).unready()


def test_only_ignored_directories_are_kept(project: Project) -> None:
    shell = (
        "mkdir -p node_modules/a/b lib/node_modules/c build .venv/bin; touch x.log build/y .venv/pyvenv.cfg "
        "node_modules/a/b/f lib/node_modules/c/f; echo changed > src/main.js; ln -s /etc lib/.venv"
    )
    outfit = project.outfitter(shell).outfit(project.base)
    assert [inside for _, inside in sealed(outfit)] == ["/repo/.venv", "/repo/node_modules", "/repo/lib/node_modules"]
    assert outfit.env["VIRTUAL_ENV"] == "/repo/.venv"
    assert outfit.env["PATH"].startswith("/repo/.venv/bin:/repo/node_modules/.bin:/repo/lib/node_modules/.bin:")


def test_what_is_no_file_is_dropped_and_modes_are_put_right(project: Project) -> None:
    shell = (
        "mkdir -p node_modules/deep && cd node_modules && mkfifo pipe && touch plain && chmod 4777 plain && "
        "echo 'echo ran' > tool && chmod 700 tool && ln -s ../../../../etc/shadow link && chmod 700 deep && cd ."
    )
    ((place, _),) = sealed(project.outfitter(shell).outfit(project.base))
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in place.iterdir() if not path.is_symlink()}
    assert {name: mode for name, mode in modes.items() if not name.startswith(".")} == {
        "deep": 0o755,
        "plain": 0o755,
        "tool": 0o755,
    }
    assert {path.lstat().st_uid for path in (place, *place.iterdir())} == {os.getuid()}
    assert os.readlink(place / "link") == "../../../../etc/shadow"


def test_a_toolchain_is_mounted_over_what_an_agent_puts_in_its_place(project: Project) -> None:
    outfit = project.outfitter(MAKE).outfit(project.base)
    for before in (
        "ln -s ../../usr node_modules",
        "echo x > node_modules",
        "mkdir -p node_modules/a/b",
        "ln -s / node_modules",
    ):
        tree = Path(tempfile.mkdtemp(dir=project.folder))
        tree.chmod(0o755)
        project.sandbox.run(Command(before, tree))
        command = Command("cat node_modules/a; ls /usr | head -n 1", tree, outfit.env, mounts=outfit.mounts)
        assert project.sandbox.run(command).output.splitlines()[0] == "made"
    (tree / "lib").symlink_to("/etc")
    inner = Outfit(((outfit.mounts[0][0], "/repo/lib/node_modules"),))
    assert project.sandbox.run(Command("ls lib/node_modules", tree, mounts=inner.mounts)).code != 0


def test_two_at_once_make_it_once(project: Project) -> None:
    shell = f"echo x >> /out/n; sleep 0.5; {MAKE}"
    found: list[str] = []

    def one() -> None:
        outfitter = project.outfitter(shell)
        found.append(str(outfitter.outfit(project.base).mounts))
        found.append(f"cached {outfitter.notes()[0].cached}")

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({text for text in found if text.startswith("((")}) == 1
    assert sorted(text for text in found if text.startswith("cached")) == ["cached False", "cached True"]
    assert len(project.kept) == 1


def test_a_killed_set_up_leaves_nothing_that_counts(project: Project) -> None:
    """What lies half made is never taken for a result, and goes in time."""
    setups = project.folder / "cache" / "setups"
    (setups / "part-0123").mkdir(parents=True)
    (setups / "part-0123" / "half").touch()
    outfitter = project.outfitter(MAKE)
    digest = sealed(outfitter.outfit(project.base))[0][0].parent.name
    assert project.kept == sorted([digest, "part-0123"])
    old = time.time() - 2 * 24 * 3600
    os.utime(setups / "part-0123", (old, old))
    (setups / digest / "facts.json").write_text("{")
    fresh = project.outfitter(f"{MAKE} && true")
    fresh.outfit(project.base)
    assert "part-0123" not in project.kept
    again = project.outfitter(MAKE)
    again.outfit(project.base)
    assert again.notes()[0].cached is False, "a damaged result is made again"


def test_old_results_go_and_those_in_use_stay(project: Project) -> None:
    held = project.outfitter(MAKE)
    used = sealed(held.outfit(project.base))[0][0].parent.name
    store = project.folder / "cache" / "setups"
    for number in range(14):
        place = store / f"{number:064x}"
        place.mkdir()
        (place / "facts.json").write_text('{"command":"x","seconds":1,"paths":[],"size":0}')
        os.utime(place, (number, number))
    os.utime(store / used, (0, 0))
    newest = sealed(project.outfitter(f"{MAKE} && true").outfit(project.base))[0][0].parent.name
    assert {used, newest} <= set(project.kept)
    assert len(project.kept) <= 14
    assert f"{0:064x}" not in project.kept


def test_below_level_3_it_is_refused(project: Project, tmp_path: Path) -> None:
    why = project.outfitter(MAKE, sandbox=NoSandbox("nothing holds")).unready()
    assert why.endswith("needs sandbox level 3, where its result can be mounted, and this is level 0: nothing holds")
    lower = open_sandbox(tmp_path / "levels", highest=2)
    assert lower.level < 3
    assert "needs sandbox level 3" in project.outfitter(MAKE, sandbox=lower).unready()


def test_a_named_environment_takes_its_place(project: Project) -> None:
    outfitter = project.outfitter("exit 1", '[project]\nenvironment = ".venv"\n')
    assert outfitter.unready() == ""
    assert outfitter.outfit(project.base) == Outfit()
    assert project.equipment().outfitter(parse("")).outfit(project.base) == Outfit()


@pytest.mark.parametrize("text", ['[setup]\nregistries = ["cargo"]', '[setup]\nregistries = "npm"'])
def test_an_unknown_registry_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake, match=r"setup\.registries"):
        parse(text)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Callable[[], tuple[str, Source]]]:
    with kit.https(tmp_path, {"/tool": ("text/plain", b"fetched")}) as (port, trusted):
        source = Source((Host(kit.NAME, port, True),), {}, trusted)
        yield lambda: (f"https://{kit.NAME}:{port}/tool", source)


def fetch(url: str) -> str:
    return shlex.join([PYTHON, "-I", "-S", "-c", FETCH, url])


def test_it_reaches_the_registries_that_are_named(project: Project, registry: Callable[[], tuple[str, Source]]) -> None:
    url, source = registry()
    outfitter = project.outfitter(fetch(url), '[setup]\nregistries = ["npm"]\n', source=source)
    assert project.run(outfitter.outfit(project.base), "tool") == "fetched\n"
    (note,) = outfitter.notes()
    assert [(row.host, row.connections, row.why) for row in note.reached] == [(kit.NAME, 1, "")]
    cached = project.outfitter(fetch(url), '[setup]\nregistries = ["npm"]\n', source=source)
    cached.outfit(project.base)
    assert cached.notes()[0].reached == note.reached, "where a cached result came from is told too"


def test_without_a_named_registry_there_is_no_network(
    project: Project, registry: Callable[[], tuple[str, Source]]
) -> None:
    url, source = registry()
    assert "FileNotFoundError" in project.outfitter(fetch(url), source=source).unready()


def test_a_host_that_is_no_registry_is_named_in_the_failure(
    project: Project, registry: Callable[[], tuple[str, Source]]
) -> None:
    url, source = registry()
    outfitter = project.outfitter(
        fetch(url.replace(kit.NAME, "other.test")), '[setup]\nregistries = ["npm"]\n', source=source
    )
    with pytest.raises(
        HarnessError, match=r"other\.test:\d+, 1 connection; refused: it is not a host of the registries"
    ):
        outfitter.outfit(project.base)
    assert outfitter.notes()[0].reached[0].host == "other.test"


def test_a_cache_that_can_not_be_used_is_one_sentence(project: Project) -> None:
    (project.folder / "cache").write_text("a file is in the way")
    assert "the cache of set-ups can't be used: " in project.outfitter(MAKE).unready()
