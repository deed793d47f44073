"""What a command can't do from inside."""

from __future__ import annotations

import os
import re
import shlex
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Command, Outcome, Sandbox
from harness.sandbox.toolchain import interpreter

Run = Callable[..., Outcome]
PYTHON = str(interpreter()[0])


def test_runs_in_its_tree_and_returns_the_exit_code(run: Run, tree: Path) -> None:
    outcome = run("echo out; echo err >&2; pwd; echo made > file; exit 7")
    assert (outcome.code, outcome.output, outcome.limit) == (7, "out\nerr\n/repo\n", "")
    assert (tree / "file").read_text() == "made\n"


def test_is_not_root_and_has_no_rights(run: Run) -> None:
    output = run("id -u; grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status").output
    assert output.splitlines()[0] != "0"
    rights = dict(line.split(":\t") for line in output.splitlines()[1:])
    assert {rights[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (rights["NoNewPrivs"], rights["Seccomp"]) == ("1", "2")


def test_sees_nothing_of_the_harness_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    output = run("env; cat /proc/1/environ | tr '\\0' '\\n'", COLOUR="blue").output
    assert "ANTHROPIC_API_KEY" not in output
    assert "sk-secret" not in output
    assert {"COLOUR=blue", "HOME=/home/agent", "CI=1", "LANG=C.UTF-8", "TMPDIR=/tmp"} <= set(output.splitlines())


def test_reaches_no_server_of_the_host(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        outcome = run(shlex.join([PYTHON, "-I", "-S", "-c", code]))
        assert re.search("ConnectionRefusedError|PermissionError", outcome.output)
        with pytest.raises(TimeoutError):
            server.accept()


def test_has_a_loopback_of_its_own(namespaces: Sandbox, tree: Path) -> None:
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "c = socket.create_connection(('localhost', s.getsockname()[1]), 2); print('joined')"
    )
    assert namespaces.run(Command(shlex.join([PYTHON, "-I", "-S", "-c", code]), tree)).output == "joined\n"


def test_writes_nothing_outside(run: Run, tmp_path: Path) -> None:
    open_to_all = tmp_path / "outside"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    outcome = run(
        f"for d in {open_to_all} /usr /etc / /harness /dev /proc/sys/kernel; do touch $d/x; done; ls {tmp_path}"
    )
    assert outcome.code != 0
    assert list(open_to_all.iterdir()) == []
    assert not any(Path(place, "x").exists() for place in ("/usr", "/etc", "/", "/dev"))


def test_reads_nothing_outside(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("very secret")
    outcome = run(f"cat {tmp_path}/key /etc/shadow; ls -A /root/.ssh /boot")
    assert "very secret" not in outcome.output
    assert len(re.findall("No such file|Permission denied", outcome.output)) == 4


def test_makes_no_namespace_and_no_foreign_socket(run: Run) -> None:
    outcome = run("unshare --user true; unshare --mount true")
    assert outcome.output.count("Operation not permitted") == 2
    vsock = "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"
    assert "PermissionError" in run(shlex.join([PYTHON, "-I", "-S", "-c", vsock])).output


def test_home_and_tmp_are_writable_and_empty_each_time(run: Run) -> None:
    first = run("touch $TMPDIR/a ~/b && ls -A $TMPDIR ~")
    assert (first.code, first.output) == (0, "/home/agent:\nb\n\n/tmp:\na\n")
    assert run("ls -d $TMPDIR/a ~/b").output.count("No such file") == 2


def test_shared_memory_is_there_and_empty_each_time(namespaces: Sandbox, tree: Path) -> None:
    assert namespaces.run(Command("touch /dev/shm/c", tree)).code == 0
    assert "No such file" in namespaces.run(Command("ls /dev/shm/c", tree)).output


def test_toolchains_are_read_only_at_their_own_path(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    tools = tmp_path / "closed" / "tools"
    tools.mkdir(parents=True)
    tools.chmod(0o755)
    (tools / "answer").write_text("42")
    (tmp_path / "closed").chmod(0o700)
    shell = f"cat {tools}/answer; echo 43 > {tools}/answer"
    outcome = sandbox.run(Command(shell, tree, read=(tools,)))
    assert outcome.output.startswith("42")
    assert outcome.code != 0
    assert (tools / "answer").read_text() == "42"


def test_out_and_sockets_are_writable(sandbox: Sandbox, tree: Path, room: Path) -> None:
    out, sockets = room / "out", room / "sockets"
    out.mkdir(mode=0o700)
    sockets.mkdir(mode=0o700)
    command = Command("", tree, out=out, sockets=sockets)
    inside = sandbox.inside(command)
    shell = f"echo a > {inside.out}/report; echo b > {inside.sockets}/x; echo {inside.work} {inside.out}"
    outcome = sandbox.run(replace(command, shell=shell))
    assert (outcome.code, outcome.output) == (0, "/repo /out\n")
    assert (out / "report").read_text() == "a\n"


def test_files_of_the_harness_in_the_tree_can_be_written_by_the_command(run: Run, tree: Path) -> None:
    (tree / "below").mkdir()
    (tree / "below" / "file").write_text("harness")
    os.symlink("/etc/passwd", tree / "link")
    before = os.stat("/etc/passwd")
    assert run("echo agent > below/file; touch below/new").code == 0
    assert (tree / "below" / "file").read_text() == "agent\n"
    assert os.stat("/etc/passwd").st_uid == before.st_uid


def test_a_missing_directory_is_a_mistake(sandbox: Sandbox, tree: Path) -> None:
    with pytest.raises(Mistake, match="absolute path of a directory"):
        sandbox.run(Command("true", tree / "none"))
    with pytest.raises(Mistake, match="absolute path of a directory"):
        sandbox.run(Command("true", tree, read=(tree / "none",)))


@pytest.mark.parametrize("shell", ["echo a\0b", "echo \ud800", "echo " + "x" * 3_000_000])
def test_a_command_that_no_program_can_be_given_is_a_mistake(run: Run, shell: str) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Mistake, match="could not be started"):
        run(shell)
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_descriptor_of_the_harness_is_inherited(run: Run, tmp_path: Path) -> None:
    with open(tmp_path / "held", "w") as held:
        os.set_inheritable(held.fileno(), True)
        names = run("ls -l /proc/self/fd").output
    assert "held" not in names
    assert "pipe" in names
    assert "memfd" not in names and len(names.splitlines()) <= 5


def test_relay_brings_a_service_out(namespaces: Sandbox, tree: Path, tmp_path: Path) -> None:
    sockets = tmp_path / "s"
    sockets.mkdir()
    (tree / "index.html").write_text("hello")
    relay = namespaces.forward(listen="unix:/sockets/x", to="tcp:8080")
    serve = f"{relay}; {PYTHON} -I -m http.server 8080 --bind 127.0.0.1"
    process = namespaces.start(Command(serve, tree, sockets=sockets))
    try:
        answer = b""
        deadline = time.monotonic() + 10
        while not answer and time.monotonic() < deadline:
            answer = _get(sockets / "x")
        assert answer.endswith(b"hello")
        assert process.running
    finally:
        outcome = process.kill()
    assert not process.running
    assert (outcome.code, outcome.limit) == (137, "")


def test_relay_lets_a_command_reach_a_socket_of_the_harness(namespaces: Sandbox, tree: Path, tmp_path: Path) -> None:
    sockets = tmp_path / "s"
    sockets.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(sockets / "proxy"))
        os.chmod(sockets / "proxy", 0o666)
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"got " + connection.recv(100))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        client = (
            "import socket; c = socket.create_connection(('127.0.0.1', 3128), 5); c.sendall(b'ask'); "
            "print(c.makefile().read())"
        )
        shell = (
            f"{namespaces.forward(listen='tcp:3128', to='unix:/sockets/proxy')} && {shlex.join([PYTHON, '-c', client])}"
        )
        outcome = namespaces.run(Command(shell, tree, sockets=sockets))
    assert (outcome.code, outcome.output) == (0, "got ask\n")


def test_relay_endpoints_are_checked(namespaces: Sandbox) -> None:
    with pytest.raises(Mistake, match="no endpoint"):
        namespaces.forward(listen="tcp:$(id)", to="tcp:1")


def _get(path: Path) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(path))
            client.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
            return client.makefile("rb").read()
    except OSError:
        time.sleep(0.02)
        return b""


def test_a_link_is_made_where_nothing_is_and_leads_where_the_command_may_read(
    sandbox: Sandbox, tree: Path, tmp_path: Path
) -> None:
    """In a directory that others can't pass, root's commands at level 2 use a copy: the link leads there."""
    closed = tmp_path / "closed"
    (closed / "node_modules" / ".bin").mkdir(parents=True)
    (closed / "node_modules" / "a.js").write_text("installed\n")
    closed.chmod(0o700)
    modules = closed / "node_modules"
    command = Command(
        "cat node_modules/a.js; rm -r node_modules", tree, read=(modules,), links=((modules, "node_modules"),)
    )
    assert sandbox.run(command).output == "installed\n"
    assert sandbox.run(command).output == "installed\n"
    (tree / "node_modules").mkdir()
    (tree / "node_modules" / "a.js").write_text("tracked\n")
    assert sandbox.run(command).output.startswith("tracked\n")


def test_tools_write_beside_linked_packages(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    """Vitest puts its compiled settings there. A package of the same workspace is the tree's own."""
    modules = tmp_path / "node_modules"
    for name in ("a", ".vite-temp", "@scope"):
        (modules / name).mkdir(parents=True)
    (modules / "a" / "a.js").write_text("installed\n")
    (modules / "own").symlink_to("../packages/own")
    (modules / "@scope" / "own").symlink_to("../../packages/own")
    (modules / "@scope" / "a").symlink_to("../a")
    (tree / "packages" / "own").mkdir(parents=True)
    (tree / "packages" / "own" / "b.js").write_text("own\n")
    shell = """
        mkdir -p node_modules/.vite-temp && echo made > node_modules/.vite-temp/c.js && cat node_modules/.vite-temp/c.js
        cat node_modules/a/a.js node_modules/@scope/a/a.js node_modules/own/b.js node_modules/@scope/own/b.js
        echo x 2>/dev/null > node_modules/a/a.js || echo refused
    """
    said = sandbox.run(Command(shell, tree, read=(modules,), links=((modules, "node_modules"),))).output
    assert said == "made\ninstalled\ninstalled\nown\nown\nrefused\n"
    assert list((modules / ".vite-temp").iterdir()) == []
