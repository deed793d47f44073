"""Servers beside the service: private, counted, gone at the end, and honest about what goes wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.config import Services, parse
from harness.errors import Mistake
from harness.gates import postgres, redis, services
from harness.gates.bench import GitBench
from harness.gates.postgres import Postgres
from harness.gates.server import Beside, Role, Use, started
from harness.gates.servers import Servers, free, servers, unable
from harness.ports import Command, Limits, Outcome
from harness.sandbox.place import private
from harness.sandbox.probe import open_sandbox
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.gates.conftest import Repo
from tests.gates.corpus.bed import OWN, repository, sandbox
from tests.gates.double import Closed

BOTH = Services(postgres=True, redis=True)
needs = pytest.mark.skipif(bool(postgres.absent() or redis.absent()), reason="PostgreSQL or Redis is not installed")


def bench_of(repo: Repo, scratch: Path) -> GitBench:
    return GitBench(
        Git(repo.path / ".git"), sandbox(), scratch=scratch, blobs_put=lambda data: "", toolchain=(), environment="",
        remove=remove_tree, own=OWN,
    )  # fmt: skip


@pytest.fixture
def bench() -> Iterator[GitBench]:
    with repository() as (repo, scratch):
        yield bench_of(repo, scratch)


def run(bench: GitBench, beside: Servers, shell: str, role: Role = "service") -> Outcome:
    with bench.scratch() as tree:
        command = Command(shell, tree, limits=Limits(wall=30))
        return bench.sandbox.run(beside.joined(command, role))


def sql(text: str, url: str = "$DATABASE_URL") -> str:
    return f'"{postgres.programs()}/psql" -X -q -t -A -v ON_ERROR_STOP=1 "{url}" -c "{text}" 2>&1'


def processes(word: str) -> list[int]:
    """Processes with `word` in their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if word.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(int(name))
        except OSError:
            continue
    return found


def command(number: int) -> bytes:
    """The command line of a process; b"" where there is none."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


def below(number: int) -> Iterator[int]:
    """The processes that a process has begun, and those that they have."""
    with suppress(OSError):
        for task in list(Path(f"/proc/{number}/task").iterdir()):
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from below(child)


@needs
def test_two_at_once_are_two(bench: GitBench) -> None:
    with servers(BOTH, bench) as one, servers(BOTH, bench) as other:
        assert run(bench, one, sql("CREATE TABLE items (id int); INSERT INTO items VALUES (1)")).code == 0
        assert "does not exist" in run(bench, other, sql("SELECT * FROM items")).output
        assert len({each.kind.port for each in (*one.running, *other.running)}) == 4
    assert list(bench._scratch.iterdir()) == []


@needs
def test_tests_and_service_share_everything_but_the_counters(bench: GitBench) -> None:
    with servers(Services(postgres=True), bench) as beside:
        assert run(bench, beside, sql("CREATE TABLE items (id int)")).code == 0
        beside.mark()
        assert run(bench, beside, sql("INSERT INTO items VALUES (1)")).code == 0
        assert run(bench, beside, sql("SELECT 1")).code == 0
        mine = "TRUNCATE items; INSERT INTO items VALUES (2); CREATE TABLE more (id int); INSERT INTO more VALUES (3)"
        assert run(bench, beside, sql(mine), "tests").code == 0
        assert run(bench, beside, sql("SELECT more.id FROM items, more")).output.strip() == "3"
        assert beside.use() == (Use("PostgreSQL", "statements on tables", 2, 2),)


@needs
def test_nobody_gets_at_the_counters(bench: GitBench) -> None:
    with servers(Services(postgres=True), bench) as beside:
        reset = sql("SELECT pg_stat_statements_reset()", "${DATABASE_URL%/*}/postgres")
        assert "permission denied" in run(bench, beside, reset).output
        assert run(bench, beside, sql("SELECT 1", "postgresql://harness@127.0.0.1:$PGPORT/app")).code != 0
        assert run(bench, beside, "rm -f /servers/postgres/.s* 2>&1; ls -A /servers/postgres").output.count("s.PGSQL")
        assert run(bench, beside, sql("SELECT 1")).code == 0


@needs
def test_a_port_that_is_taken_on_the_machine_is_free_in_the_sandbox(bench: GitBench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(Postgres(port), bench) as one:
            assert run(bench, Servers((one,)), sql("SELECT 1")).output.strip() == "1"


@needs
def test_a_port_that_the_command_took_itself_is_said(bench: GitBench) -> None:
    with started(Postgres(free()), bench) as one:
        twice = Servers((one, one))
        outcome = run(bench, twice, "echo never")
        assert outcome.code == 125
        assert "never" not in outcome.output


@needs
def test_a_server_that_dies_is_named(bench: GitBench) -> None:
    with servers(BOTH, bench) as beside:
        beside.mark()
        for each in beside.running:
            each.process.kill()
        assert "PostgreSQL was ended" in beside.fault()
        assert "Redis was ended" in beside.fault()
        with pytest.raises(Mistake, match="PostgreSQL does not answer"):
            beside.use()


@dataclass
class Odd:
    """A server that is none."""

    text: str
    name: str = "Odd"
    key: str = "odd"
    port: int = 1
    socket: str = "odd.sock"
    read: tuple[Path, ...] = ()
    secret: Mapping[str, str] = field(default_factory=dict)

    def shell(self, sockets: str, address: str) -> str:
        return self.text

    def ready(self, sockets: Path) -> bool:
        return False

    def env(self, role: Role) -> dict[str, str]:
        return {}

    def mark(self, beside: Beside) -> None:
        raise AssertionError

    def use(self, beside: Beside) -> Use:
        raise AssertionError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo hello; sleep 60", "Odd was not ready after 2 s; its log ends: hello"),
        ("echo no room; exit 3", r"ended by itself \(exit code 3\); its log ends: no room"),
        ("dd if=/dev/zero of=x bs=1M count=30 2>/dev/null; sleep 60", r"ended by a limit \(disk\)"),
        ("yes", r"ended by a limit \(output\)"),
    ],
)
def test_a_server_that_does_not_start_is_said(bench: GitBench, text: str, said: str) -> None:
    limits = Limits(disk=10 << 20, flood=1 << 20)
    with pytest.raises(Mistake, match=said), started(Odd(text), bench, limits=limits, seconds=2):
        raise AssertionError("it is not ready")
    assert list(bench._scratch.iterdir()) == []


_HELD = """
import sys, time
from pathlib import Path
from harness.config import Services
from harness.gates.bench import GitBench
from harness.gates.servers import servers
from harness.sandbox.probe import open_sandbox
from harness.workspace.walk import remove_tree
bench = GitBench(None, open_sandbox(), scratch=Path(sys.argv[1]), blobs_put=lambda data: "", toolchain=(),
                 environment="", remove=remove_tree)
with servers(Services(postgres=True, redis=True), bench) as beside:
    print(*(each.kind.socket for each in beside.running), beside.running[0].kind.port, flush=True)
    time.sleep(120)
"""


@needs
def test_a_killed_harness_leaves_no_server_behind(bench: GitBench) -> None:
    with bench.scratch() as place:
        place.chmod(0o711)
        held = subprocess.Popen([sys.executable, "-c", _HELD, str(place / "s")], stdout=subprocess.PIPE, text=True)
        assert held.stdout is not None
        try:
            port = held.stdout.readline().split()[-1]
            assert processes(f"-p\0{port}")
            left = {number for number in below(held.pid) if b"redis-server" in command(number)}
            assert left
        finally:
            held.send_signal(signal.SIGKILL)
            held.wait()
            held.stdout.close()
        end = time.monotonic() + 10
        while (processes(f"-p\0{port}") or any(map(command, left))) and time.monotonic() < end:
            time.sleep(0.05)
        assert not processes(f"-p\0{port}")
        assert not any(map(command, left))


@needs
def test_many_start_side_by_side(bench: GitBench) -> None:
    said: list[str] = []

    def one() -> None:
        with servers(BOTH, bench) as beside:
            said.append(run(bench, beside, sql("SELECT 7")).output.strip())

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert said == ["7"] * 3


_ASKED = '[spec]\npath = "a.yaml"\n[server]\nstart = "x"\n[commands]\nintegration = "y"\n'


def test_what_is_missing_is_said_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    config = parse(
        '[spec]\npath = "a.yaml"\n[server]\nstart = "x"\n[commands]\nintegration = "y"\n[services]\nredis = true'
    )
    assert "apt-get install redis-server" in services.ready(config, sandbox())
    assert "apt-get install redis-server" in unable(Services(redis=True), sandbox())
    assert postgres.programs(()) is None
    monkeypatch.setattr(postgres, "programs", lambda: None)
    assert "apt-get install postgresql" in unable(Services(postgres=True), sandbox())
    with pytest.raises(Mistake, match="redis-server"), ExitStack() as stack:
        redis.Redis(free())
        stack.close()


def test_where_nothing_runs_nothing_is_asked_for() -> None:
    assert unable(Services(), Closed()) == ""
    config = parse(
        '[services]\npostgres = true\n[server]\nstart = "x"\n[spec]\npath = "a"\n[commands]\nintegration = "y"'
    )
    assert "nothing holds" in services.ready(config, Closed())
    assert "names no [services]" in services.ready(parse(""), Closed())


@needs
def test_unit_tests_find_a_migrated_database() -> None:
    with repository() as (repo, scratch):
        psql = f"{postgres.programs()}/psql -X -q -t -A"
        config = parse(
            f"[commands]\nmigrate = '{psql} -v ON_ERROR_STOP=1 -f schema.sql'\n"
            f"unit = '{psql} -c \"SELECT name FROM items\" >{{out}}/said'\n[services]\npostgres = true\n"
        )
        head = repo.commit({"schema.sql": "CREATE TABLE items (name text); INSERT INTO items VALUES ('pen');\n"})
        bench = GitBench(
            Git(repo.path / ".git"), sandbox(), scratch=scratch, blobs_put=lambda data: "", toolchain=(),
            environment="", remove=remove_tree, config=config,
        )  # fmt: skip
        outcome, found = bench.measure(head, config.commands.unit)
        assert (outcome.code, found) == (0, {"said": b"pen\n"}), outcome.output
        assert bench.measure(head, "env | grep -c DATABASE_URL")[0].output.strip() == "0"
        broken = repo.commit({"schema.sql": "CREATE TABEL items;\n"})
        outcome, _ = bench.measure(broken, config.commands.unit)
        assert outcome.code == 1
        assert "could not be given its schema" in outcome.output


@needs
def test_it_works_where_commands_share_the_loopback() -> None:
    """Level 1: a machine that may be lost."""
    found = open_sandbox(highest=1, disposable=True)
    assert found.level == 1, found.why
    with repository() as (repo, _):
        own = GitBench(
            Git(repo.path / ".git"), found, scratch=private(repo.path) / "scratch", blobs_put=lambda data: "",
            toolchain=(), environment="", remove=remove_tree,
        )  # fmt: skip
        # PostgreSQL refuses users without a name, as root's commands are.
        why = unable(BOTH, found)
        assert "who has no name" in why or (os.getuid() and not why)
        asked = Services(redis=True) if why else BOTH
        assert unable(asked, found) == ""
        with servers(asked, own) as beside:
            beside.mark()
            assert run(own, beside, "redis-cli -u $REDIS_URL set a 1").output.strip() == "OK"
            assert beside.use()[-1].service == 1
