"""A command in the real sandbox that fetches from a TLS server of the machine, through the way out and nothing else."""

from __future__ import annotations

import os
import shlex
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from harness.egress.host import Host
from harness.egress.ledger import Caps
from harness.egress.outlet import SOURCES, Outlet
from harness.egress.source import Source
from harness.errors import Mistake
from harness.ports import Command, Limits, Outcome, Sandbox
from harness.sandbox.none import NoSandbox
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import interpreter
from tests.egress import kit

PYTHON = str(interpreter()[0])
PAGES = {"/simple/a": ("text/plain", b"the file")}
FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile="/sockets/pypi.pem")
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10, context=context).read().decode())
except OSError as error:
    print("no:", error)
"""


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


Build = Callable[..., Outlet]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, bytes]]:
    with kit.https(tmp_path, PAGES) as found:
        yield found


@pytest.fixture
def outlet(sandbox: Sandbox, server: tuple[int, bytes]) -> Outlet:
    port, trusted = server
    source = Source(
        (Host(kit.NAME, port, True), Host("gone.test", 443)), {"WHERE": "{certificates}", "PIP_INDEX_URL": "x"}, trusted
    )
    return Outlet(
        sandbox, scratch, sources={**SOURCES, "pypi": lambda: source}, resolve=lambda name, port: ["127.0.0.1"]
    )


def fetch(url: str) -> str:
    return shlex.join([PYTHON, "-I", "-S", "-c", FETCH, url])


def go(sandbox: Sandbox, outlet: Outlet, tree: Path, shell: str) -> tuple[Outcome, list[str]]:
    """(how it ended, what it reached)"""
    with outlet.open(["pypi"]) as way:
        outcome = sandbox.run(way.through(Command(shell, tree, limits=Limits(wall=60))))
    return outcome, [str(row) for row in way.reached()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def test_a_command_reaches_the_registry_and_says_so(
    sandbox: Sandbox, outlet: Outlet, tree: Path, server: tuple[int, bytes]
) -> None:
    outcome, reached = go(sandbox, outlet, tree, f"{fetch(f'https://{kit.NAME}:{server[0]}/simple/a')}; echo $WHERE")
    assert outcome.output == "the file\n/sockets/pypi.pem\n"
    (row,) = reached
    assert row.startswith(f"{kit.NAME}:{server[0]}, 1 connection, ")
    assert row.endswith("kB")


def test_nothing_else_is_reached(sandbox: Sandbox, outlet: Outlet, tree: Path, server: tuple[int, bytes]) -> None:
    shell = "\n".join(
        [
            fetch(f"https://other.test:{server[0]}/simple/a"),
            fetch(f"https://localhost:{server[0]}/simple/a"),
            fetch("https://gone.test/"),
            f"unset https_proxy HTTPS_PROXY; {fetch(f'https://{kit.NAME}:{server[0]}/simple/a')}",
            fetch(f"https://127.0.0.1:{server[0]}/simple/a"),
        ]
    )
    outcome, reached = go(sandbox, outlet, tree, shell)
    assert [line.partition(":")[0] for line in outcome.output.splitlines()] == ["no"] * 5
    assert "403" in outcome.output
    assert [row.partition(",")[0] for row in reached] == [
        f"other.test:{server[0]}",
        f"localhost:{server[0]}",
        "gone.test",
    ]
    assert all("refused" in row for row in reached)


def test_another_name_in_tls_is_refused(
    sandbox: Sandbox, outlet: Outlet, tree: Path, server: tuple[int, bytes]
) -> None:
    """Domain fronting: CONNECT to a host of the list, TLS to another one on the same server."""
    code = f"""
import socket, ssl
link = socket.create_connection(("127.0.0.1", 3128))
link.sendall(b"CONNECT {kit.NAME}:{server[0]} HTTP/1.1\\r\\n\\r\\n")
print(link.recv(4096).split(b"\\r\\n")[0].decode())
context = ssl.create_default_context(cafile="/sockets/pypi.pem")
context.check_hostname = False
try:
    context.wrap_socket(link, server_hostname="other.test")
except OSError as error:
    print("cut", type(error).__name__)
"""
    outcome, reached = go(sandbox, outlet, tree, shlex.join([PYTHON, "-I", "-S", "-c", code]))
    assert outcome.output.splitlines()[0] == "HTTP/1.1 200 Connection established"
    assert "cut" in outcome.output.splitlines()[1]
    assert reached == [
        f"{kit.NAME}:{server[0]}, 1 connection; refused: TLS was to be spoken with another host (other.test)"
    ]


def test_the_way_can_not_be_tampered_with(sandbox: Sandbox, outlet: Outlet, tree: Path) -> None:
    outcome, _ = go(
        sandbox, outlet, tree, "echo x > /sockets/pypi.pem; rm /sockets/egress.sock; : > /sockets/new; ls /sockets"
    )
    assert outcome.output.splitlines()[-2:] == ["egress.sock", "pypi.pem"]
    assert outcome.output.count("Read-only file system") == 3


def test_a_command_without_a_way_reaches_nothing(sandbox: Sandbox, tree: Path, server: tuple[int, bytes]) -> None:
    shell = f"export HTTPS_PROXY=http://127.0.0.1:3128\n{fetch(f'https://{kit.NAME}:{server[0]}/a')}; ls -d /sockets"
    said = sandbox.run(Command(shell.replace("/sockets/pypi.pem", "/etc/ssl/certs/ca-certificates.crt"), tree)).output
    assert said.startswith("no:")
    assert "No such file" in said.splitlines()[-1]


def test_many_connections_at_once(sandbox: Sandbox, outlet: Outlet, tree: Path, server: tuple[int, bytes]) -> None:
    one = fetch(f"https://{kit.NAME}:{server[0]}/simple/a")
    outcome, reached = go(sandbox, outlet, tree, f"for n in 1 2 3 4 5 6; do {one} & done; wait")
    assert outcome.output == "the file\n" * 6
    assert ", 6 connections, " in reached[0]


def test_the_way_ends_with_the_command(sandbox: Sandbox, outlet: Outlet, tree: Path) -> None:
    before = threading.active_count()
    with outlet.open(["pypi"]) as way:
        place = way.folder / "egress.sock"
        assert place.is_socket()
    assert threading.active_count() == before
    with pytest.raises(OSError), socket.socket(socket.AF_UNIX) as link:
        link.connect(str(place))


def test_below_level_3_there_is_none() -> None:
    closed = Outlet(NoSandbox("nothing holds"), scratch)
    assert closed.refusal([]) == ""
    why = "package registries (npm) can be reached at sandbox level 3 only, and this is level 0: nothing holds"
    assert closed.refusal(["npm"]) == why
    way: AbstractContextManager[object] = closed.open(["npm"])
    with pytest.raises(Mistake, match="level 3 only"), way:
        raise AssertionError


def test_a_kind_that_can_not_be_resolved_is_named(sandbox: Sandbox) -> None:
    def broken() -> Source:
        raise Mistake("npm is not installed: install it")

    outlet = Outlet(sandbox, scratch, sources={"npm": broken}, caps=Caps())
    with (
        pytest.raises(Mistake, match="the registry `npm` can't be reached: npm is not installed"),
        outlet.open(["npm"]),
    ):
        raise AssertionError
