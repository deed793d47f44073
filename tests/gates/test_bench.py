"""The bench: clean checkouts, fresh report directories, each measurement once; and the table of gates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from harness.domain.permission import Secrets
from harness.errors import Mistake
from harness.flow.measures import TITLES
from harness.gates.bench import GitBench, inside, reports
from harness.gates.result import finding, judged
from harness.gates.table import GATES, row
from harness.ports import Bench, Gate, Inside, Subject
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.gates.conftest import Stand


def test_a_checkout_holds_raw_blobs_and_is_removed(stand: Stand) -> None:
    stand.repo.commit({"a/b.sh": "#!/bin/sh\n", ".gitattributes": "* text eol=crlf export-ignore\n", "c.txt": "x\n"})
    (stand.repo.path / "a/b.sh").chmod(0o755)
    (stand.repo.path / "in").symlink_to("a/b.sh")
    (stand.repo.path / "out").symlink_to("/etc/passwd")
    (stand.repo.path / "up").symlink_to("../../x")
    head = stand.repo.commit({"d": "1"})
    with stand.bench.checkout(head) as path:
        assert (path / "c.txt").read_bytes() == b"x\n"
        assert os.access(path / "a/b.sh", os.X_OK)
        assert (path / "in").resolve() == (path / "a/b.sh").resolve()
        assert not os.path.lexists(path / "out")
        assert not os.path.lexists(path / "up")
        kept = path
    assert not kept.exists()


def test_a_checkout_holds_no_secrets(stand: Stand, tmp_path: Path) -> None:
    head = stand.repo.commit({".env": "KEY=1", "a/b.pem": "KEY", "a/.env.example": "KEY=", "a/b.py": ""})
    bench = GitBench(
        Git(stand.repo.path / ".git"), stand.bench.sandbox, scratch=tmp_path / "s", blobs_put=stand.bench.keep,
        toolchain=(), environment="", remove=remove_tree, hidden=Secrets().hides,
    )  # fmt: skip
    with bench.checkout(head) as path:
        assert {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()} >= {"a/.env.example", "a/b.py"}
        assert not (path / ".env").exists() and not (path / "a" / "b.pem").exists()


def test_packages_lie_where_node_looks_for_them(stand: Stand, tmp_path: Path) -> None:
    packages = tmp_path / "node_modules"
    (packages / ".bin").mkdir(parents=True)
    bench = GitBench(
        Git(stand.repo.path / ".git"), stand.bench.sandbox, scratch=tmp_path / "s", blobs_put=stand.bench.keep,
        toolchain=(), environment=str(packages), remove=remove_tree,
    )  # fmt: skip
    (packages / "b.js").write_text("installed\n")
    said = []
    for files in ({"a.js": ""}, {"node_modules/b.js": "tracked\n"}):
        with bench.checkout(stand.repo.commit(files)) as path:
            said.append(bench.sandbox.run(bench.command("cat node_modules/b.js", path, read=(packages,))).output)
    assert said == ["installed\n", "tracked\n"]
    assert packages.is_dir()


@pytest.mark.parametrize(
    ("folders", "target", "answer"),
    [
        ([], "a", True),
        (["a"], "../b", True),
        ([], "../b", False),
        (["a"], "../../b", False),
        ([], "/a", False),
        ([], "", False),
    ],
)
def test_links_that_stay_inside(folders: list[str], target: str, answer: bool) -> None:
    assert inside(folders, target) is answer


def test_reports_are_regular_files_only(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("a")
    (tmp_path / "link.xml").symlink_to("/etc/passwd")
    os.link(tmp_path / "a.xml", tmp_path.parent / f"{tmp_path.name}.hard")
    (tmp_path / "b.xml").write_text("b")
    (tmp_path / "dir.xml").mkdir()
    os.mkfifo(tmp_path / "pipe.xml")
    for name in ("big.txt", "coverage-final.json"):
        with (tmp_path / name).open("wb") as file:
            file.truncate((32 << 20) + 1)
    assert reports(tmp_path) == {"b.xml": b"b"}


def test_more_reports_than_are_read_are_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no report counts only once all reports are read."""
    monkeypatch.setattr("harness.gates.bench.MOST_REPORTS", 3)
    for name in ("a.html", "b.html", "c.html", "d.html", "x.xml", "y.json"):
        (tmp_path / name).write_text(name)
    assert list(reports(tmp_path)) == ["x.xml", "y.json", "a.html"]
    (tmp_path / "z.sarif").write_text("z")
    assert list(reports(tmp_path)) == ["x.xml", "y.json", "z.sarif"]
    (tmp_path / "z.xml").write_text("z")
    with pytest.raises(Mistake, match="more than 3 reports"):
        reports(tmp_path)


def test_a_report_names_no_path_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<t file='/var/tmp/x/tree/a.py'>/var/tmp/x/out/b, /var/tmp/y</t>")
    found = Inside("/var/tmp/x/tree", "/var/tmp/x/out")
    assert reports(tmp_path, found) == {"a.xml": b"<t file='/repo/a.py'>/out/b, /var/tmp/y</t>"}


def test_one_measurement_serves_all_that_ask(stand: Stand) -> None:
    command = "date +%s%N > {out}/when; sleep 0.3; cat {out}/when"
    tree = stand.subject().tree
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: stand.bench.measure(tree, command), range(4)))
    assert len({outcome.output for outcome, _ in answers}) == 1
    assert answers[0][1]["when"].decode() == answers[0][0].output
    other, _ = stand.bench.measure(tree, command + " ")
    assert other.output != answers[0][0].output


def test_nothing_is_left_over_between_measurements(stand: Stand) -> None:
    tree = stand.subject().tree
    stand.bench.measure(tree, "touch {out}/old left; mkdir -p a/b/c; chmod 0 a/b")
    outcome, found = stand.bench.measure(tree, "ls {out}; ls")
    assert found == {}
    names = outcome.output.split()
    assert "README.md" in names
    assert not {"old", "left", "a"} & {*names}


def test_a_failure_is_not_remembered(stand: Stand) -> None:
    calls: Iterator[int] = iter(range(5))

    def make() -> int:
        number = next(calls)
        if number == 0:
            raise OSError("no room")
        return number

    with pytest.raises(OSError):
        stand.bench.once("k", make)
    assert stand.bench.once("k", make) == stand.bench.once("k", make) == 1


def test_the_environment_comes_first_on_the_path(stand: Stand) -> None:
    command = stand.bench.command("x", Path("/"), env={"A": "1"})
    assert command.env["PATH"].split(":")[0].endswith("/bin")
    assert command.env["A"] == "1"
    assert command.read


def test_the_table_has_every_gate_once() -> None:
    assert {gate.name: gate.title for gate in GATES} == TITLES
    assert len(GATES) == len(TITLES)


def test_every_gate_has_its_module() -> None:
    for gate in GATES:
        found = import_module(f"harness.gates.{gate.name}")
        assert callable(found.check) and callable(found.ready)


@pytest.mark.parametrize("gate", GATES, ids=[gate.name for gate in GATES])
def test_a_gate_that_breaks_could_not_run(gate: Gate, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(subject: Subject, bench: Bench) -> object:
        raise KeyError("x")

    monkeypatch.setattr(f"harness.gates.{gate.name}.check", broken)
    result = gate.check(stand.subject(), stand.bench)
    assert (result.gate, result.result) == (gate.name, "could not run")
    assert "KeyError" in result.reason


def test_a_gate_whose_code_can_not_be_loaded_could_not_run(stand: Stand) -> None:
    assert row("nowhere", "Nowhere").check(stand.subject(), stand.bench).result == "could not run"


def test_findings_can_be_stored_whatever_they_quote(stand: Stand) -> None:
    result = judged("lint", stand.subject(), [finding("lint", "a\udcff\x1b[31m\x00" + "x" * 9000, "p\udc80", 5)] * 60)
    assert result.model_dump_json().encode()
    assert (len(result.findings), result.more) == (50, 10)
    assert len(result.findings[0].text) < 1500
    assert "\x1b" not in result.findings[0].text
