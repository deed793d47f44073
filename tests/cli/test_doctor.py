"""harness doctor: each check by itself, and the command as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.checkup import endpoint, file_system, git_version, interpreter, mounts
from harness.sandbox import landlock
from tests.cli.conftest import Shell

KEY = {"ANTHROPIC_API_KEY": "sk-very-secret"}


def checks(said: str) -> dict[str, bool]:
    return {row["name"]: row["ok"] for row in json.loads(said)["checks"]}


def test_where_a_gate_is_named_that_has_no_command_it_is_what_is_wrong(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.write("harness.toml", '[project]\ngates = ["scope", "build"]\n')
    sh.harness("init", "--commit")
    said = sh.harness("doctor", env=KEY, code=1)
    assert "build can't run: harness.toml has no [commands] build" in said
    assert "sk-very-secret" not in said and "ANTHROPIC_API_KEY is set" in said
    assert "NO  sandbox" in said or "ok  sandbox: level 3" in said.replace("ok   ", "ok  ")
    assert "Ada <ada@example.org>" in said
    found = checks(sh.harness("doctor", "--json", code=1))
    assert not found["gates"] and not found["model"]
    assert found["git"] and found["journal"] and found["configuration"] and found["identity"]


def test_a_tool_that_a_command_needs_and_the_sandbox_lacks_is_named(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.write("harness.toml", '[project]\ngates = ["lint"]\n[commands]\nlint = "no-such-linter ."\n')
    sh.harness("init", "--commit")
    rows = {row["name"]: row["text"] for row in json.loads(sh.harness("doctor", "--json", env=KEY, code=1))["checks"]}
    if "level 3" not in rows["sandbox"]:
        pytest.skip("there is no sandbox here")
    assert "lint can't run: [commands] lint needs the program no-such-linter" in rows["gates"]


def test_a_repository_whose_gates_need_no_command_is_fit_where_there_is_a_sandbox(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.write("harness.toml", '[project]\ngates = ["proposal", "branch", "scope", "openspec", "lock", "commits"]\n')
    sh.harness("init", "--commit")
    facts = json.loads(_any(sh, "doctor", "--json", env=KEY))
    found = {row["name"]: row["ok"] for row in facts["checks"]}
    assert found["gates"] and facts["ok"] is found["sandbox"]
    assert [name for name, ok in found.items() if not ok] in ([], ["sandbox"])


@pytest.mark.skipif(landlock.version() < landlock.OLDEST, reason="no Landlock in this kernel")
def test_a_lower_level_is_shown_with_what_raises_it_and_what_it_lacks(shell: Callable[..., Shell]) -> None:
    """Where bubblewrap can't be found: the machine is looked at through a view without it."""
    sh = shell()
    service = '[server]\nstart = "true"\n[commands]\nintegration = "true"\n[spec]\npath = "api.yaml"\n'
    sh.write("harness.toml", f'[project]\ngates = ["operations", "latency", "commits"]\n{service}')
    sh.harness("init", "--commit")
    view = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", "/dev/null", "/usr/bin/bwrap"]
    command = [*view, "--", sys.executable, "-m", "harness", "doctor"]
    env = {**sh.env, **KEY}
    done = subprocess.run(command, cwd=sh.top, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ok   sandbox: level 2: commands can change nothing outside" in done.stdout
    why = "bubblewrap is not installed: run `sudo apt-get install bubblewrap util-linux`"
    assert f"     level 3 is not to be had: {why}\n" in done.stdout
    lacking = "can't run: a service needs a network of its own, which the sandbox of level 2 can't give it"
    assert f"operations {lacking}" in done.stdout and f"latency {lacking}" in done.stdout


def _any(sh: Shell, *args: str, env: dict[str, str]) -> str:
    """Standard output with either exit code, since it depends on the machine whether there is a sandbox."""
    try:
        return sh.harness(*args, env=env)
    except AssertionError:
        return sh.harness(*args, env=env, code=1)


def test_before_init_and_without_an_identity(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.git("config", "--unset", "user.name")
    found = checks(sh.harness("doctor", "--json", code=1))
    assert not found["configuration"] and not found["identity"] and "gates" not in found


def test_outside_a_repository_the_machine_is_looked_at_all_the_same(shell: Callable[..., Shell]) -> None:
    sh = shell()
    (sh.top.parent / "elsewhere").mkdir()
    found = checks(Shell(sh.top.parent / "elsewhere", sh.env).harness("doctor", "--json", code=1))
    assert not found["repository"] and found["git"] and "sandbox" in found


def test_a_damaged_journal_is_named(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.harness("init", "--commit")
    sh.harness("status")
    (sh.top / ".git/harness/journal.db").write_bytes(b"no database" * 500)
    for side in (sh.top / ".git/harness").glob("journal.db-*"):
        side.unlink()
    assert "is unreadable" in sh.harness("doctor", code=1)


def test_a_journal_that_was_emptied_is_damaged_where_a_run_left_work(shell: Callable[..., Shell]) -> None:
    sh = shell()
    sh.harness("init", "--commit")
    journal = sh.top / ".git/harness/journal.db"
    journal.write_bytes(b"")
    assert "nothing is under way" in sh.harness("status")
    journal.write_bytes(b"")
    sh.git("update-ref", "refs/harness/add-login/design", "develop")
    for pack in ("", "pack"):
        if pack:
            sh.git("pack-refs", "--all")
        assert "is empty, but git keeps work of a run" in sh.harness("status", code=6)
    assert journal.read_bytes() == b""
    journal.unlink()
    assert "nothing is under way" in sh.harness("status")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused_by_the_longest_mount(tmp_path: Path, kind: str) -> None:
    inside = tmp_path / "my share"
    inside.mkdir()
    table = tmp_path / "mounts"
    row = str(inside).replace(" ", "\\040")
    table.write_text(f"/dev/sda / ext4 rw 0 0\nhost:/x {row} {kind} rw 0 0\n")
    found = mounts(table)
    refused = file_system(inside, found)
    assert not refused.ok and kind in refused.text and "local disk" in refused.text
    assert file_system(tmp_path, found).ok


def test_without_a_table_of_mounts_nothing_is_claimed(tmp_path: Path) -> None:
    assert mounts(tmp_path / "none") == {}
    assert file_system(tmp_path, {}).text == "unknown"


def test_either_a_key_or_an_address_lets_a_model_be_asked() -> None:
    assert endpoint("k", None).ok and endpoint(None, "u").ok and not endpoint(None, None).ok
    assert not endpoint("", "").ok
    assert git_version().ok and interpreter().ok
