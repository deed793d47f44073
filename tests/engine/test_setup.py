"""Runs of a project with a set-up, and of roles that may reach a registry: what is done, shown and on the record."""

from __future__ import annotations

import base64
import json
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import shipped
from harness.cli import plain
from harness.domain.event import Answered, Asked, Prepared
from harness.errors import Mistake, Parked, Stopped
from harness.replay import replay
from harness.sandbox.toolchain import interpreter
from tests import target
from tests.egress import kit as net
from tests.engine import kit
from tests.engine.kit import later

PYTHON = str(interpreter()[0])
HOST = "localhost"
FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile="/sockets/npm.pem")
print(urllib.request.urlopen(sys.argv[1], timeout=60, context=context).read().decode())
"""


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, so that no result of an earlier run is there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a file on the registry that npm on this machine is configured for."""
    with net.https(tmp_path, {"/tool": ("text/plain", b"fetched")}, HOST) as (port, trusted):
        (tmp_path / "ca.pem").write_bytes(trusted)
        told = {"registry": f"https://{HOST}:{port}/", "cafile": str(tmp_path / "ca.pem")}
        script = tmp_path / "bin" / "npm"
        script.parent.mkdir()
        script.write_text(
            f"#!/bin/sh\ncase \"$*\" in *--json) printf '%s' '{json.dumps(told)}' ;; "
            "config*) echo https://default.test/ ;; *) exit 1 ;; esac\n"
        )
        script.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
        monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
        yield f"https://{HOST}:{port}/tool"


def fetch(url: str) -> str:
    return shlex.join([PYTHON, "-I", "-S", "-c", FETCH, url])


def make(top: Path, setup: str, registries: str = "", files: dict[str, str] | None = None) -> Path:
    """The target with a set-up whose result the build needs."""
    config = target.CONFIG.replace('build = "', f'setup = {json.dumps(setup)}\nbuild = "test -s .venv/made && ')
    own = {"harness.toml": f"{config}\n[setup]\nregistries = [{registries}]\n", ".gitignore": "__pycache__/\n.venv/\n"}
    return target.make(top, {**target.FILES, "requirements.txt": "one\n", **own, **(files or {})})


def course(*first: dict[str, Any]) -> dict[str, list[list[dict[str, Any]]]]:
    """The shortest course; the developer makes these calls before anything else."""
    return {
        "design/1": target.design(),
        "spec-review/1": [[target.verdict(kind="spec")]],
        "implement/1": [*[[call] for call in first], *target.implement()],
        "qa/1": [[target.signoff()]],
        "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    }


def notes(top: Path) -> list[Prepared]:
    return kit.of(kit.journal(top), Prepared)


def results(top: Path) -> list[str]:
    """What tools gave back."""
    return [str(e.answer["text"]) for e in kit.of(kit.journal(top), Answered) if e.kind == "tool"]


def test_a_set_up_serves_agents_and_gates_and_its_hosts_are_on_the_record(tmp_path: Path, registry: str) -> None:
    top = make(tmp_path / "repo", f"mkdir .venv && {fetch(registry)} > .venv/made", '"npm"')
    look = target.call("bash", command="cat .venv/made; touch .venv/x; cat /sockets/npm.pem; true")
    with kit.serving(target.Team(course(look))):
        kit.go(top)
    entries = kit.journal(top)
    (note,) = notes(top)
    assert (note.cached, note.branch, note.why) == (False, False, "")
    assert [(row.host, row.connections, row.why) for row in note.reached] == [(HOST, 1, "")]
    place = next(n for n, e in enumerate(entries) if isinstance(e.event, Prepared))
    asked = [e.event.key for e in entries[:place] if isinstance(e.event, Asked)]
    assert asked[-1] == "preflight", "before anything is spent"
    line = plain.line(entries[place])
    assert f"done in {note.seconds:.0f} s; network: {HOST}:" in line
    text = next(text for text in results(top) if "Read-only" in text)
    assert "fetched\n" in text
    assert "/sockets/npm.pem: No such file" in text, "an agent has no way out because the set-up had one"
    builds = [e.answer["result"] for e in kit.of(entries, Answered) if e.key.endswith("gate/build")]
    assert set(builds) == {"passed"}
    done = replay(kit.transcript(top, tmp_path / "run.jsonl"))
    assert (done.entries, done.outcome) == (len(entries), "merged")


def test_a_set_up_that_fails_is_told_before_anything_is_spent(tmp_path: Path) -> None:
    top = make(tmp_path / "repo", "echo there is no such package; exit 1")
    with kit.serving(target.Team(course())) as endpoint, pytest.raises(Parked):
        kit.go(top, target.Yes(later))
    unable = kit.waiting(top).detail["about"]["unable"]
    assert unable == {"setup": "`echo there is no such package; exit 1` ended with 1: there is no such package"}
    assert endpoint.requests == []
    (note,) = notes(top)
    assert "no such package" in note.why
    assert "set-up `echo there is no such package; exit 1` failed: " in plain.line(
        next(e for e in kit.journal(top) if isinstance(e.event, Prepared))
    )


def test_what_it_prints_reaches_the_record_without_secrets(tmp_path: Path) -> None:
    """Also one that stands where the output is cut, or over several lines, and the key in use."""
    token, body = "ghp_" + "a1B2c3D4e5" * 4, "\n".join(["MIIEabcdefghijklmnop" * 3] * 3)
    pem = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
    key = "test-key"
    said = f"{token}\n{pem}\n{'x' * 180} {token} {'y' * 600}\n{key}\n"
    shell = f"base64 -d <<< {base64.b64encode(said.encode()).decode()}; exit 1"
    top = make(tmp_path / "repo", shell)
    with kit.serving(target.Team(course())), pytest.raises(Parked):
        kit.go(top, target.Yes(later))
    (note,) = notes(top)
    assert "[redacted github token " in note.why and "[redacted private key " in note.why
    assert not any(part in note.model_dump_json() for part in ("a1B2c3", "MIIEabc", key))


def test_where_the_ceo_goes_on_all_the_same_nothing_is_measured_without_the_toolchain(tmp_path: Path) -> None:
    top = make(tmp_path / "repo", "echo nothing to be had; exit 1")
    team = target.Team(course(target.call("bash", command="echo here")))

    def script(request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        if number < 7:
            return team(request, number)
        kit.put(top, {"verb": "stop"})
        return [target.call("view", path="README.md", view_range=[])]

    with kit.serving(script), pytest.raises(Stopped):
        kit.go(top)
    (text,) = [text for text in results(top) if "here" in text]
    assert text == "exit 0\nhere\nset-up: `echo nothing to be had; exit 1` ended with 1: nothing to be had"
    gates = [e.answer for e in kit.of(kit.journal(top), Answered) if e.key.endswith("gate/build")]
    assert gates[0]["result"] == "could not run"
    assert gates[0]["reason"] == "`echo nothing to be had; exit 1` ended with 1: nothing to be had"
    assert [note.cached for note in notes(top)] == [False], "what failed is not tried again and again"


def test_a_changed_lock_file_has_a_set_up_of_its_own(tmp_path: Path) -> None:
    shell = 'mkdir .venv && cat requirements.txt > .venv/made && echo "${npm_config_ignore_scripts:-no}" >> .venv/made'
    top = make(tmp_path / "repo", shell)
    calls = (
        target.call("create", path="requirements.txt", file_text="one\ntwo\n"),
        target.call("bash", command="echo see: $(cat .venv/made)"),
    )
    plan = course(*calls)
    plan["review/1"][0][0]["input"]["architecture"] = [
        {"item": "dependency: requirements.txt adds two", "accepted": True, "why": "it is needed"}
    ]
    with kit.serving(target.Team(plan)):
        kit.go(top)
    assert [(note.cached, note.branch) for note in notes(top)] == [(False, False), (False, True)]
    assert any("see: one two true" in text for text in results(top))


def test_an_agent_is_told_why_its_lock_file_gives_no_toolchain(tmp_path: Path) -> None:
    shell = "grep -q bad requirements.txt && { echo no such package: bad; exit 1; }; mkdir .venv; echo x > .venv/made"
    top = make(tmp_path / "repo", shell)
    calls = (
        target.call("create", path="requirements.txt", file_text="bad\n"),
        target.call("bash", command="cat .venv/made"),
        target.call("create", path="requirements.txt", file_text="one\n"),
    )
    with kit.serving(target.Team(course(*calls))):
        kit.go(top)
    (text,) = [text for text in results(top) if "set-up:" in text]
    assert text.startswith("exit 0\nx\nset-up: `")
    assert "ended with 1: no such package: bad" in text
    assert text.endswith("(the toolchain is that of the base commit)")


def test_the_next_session_takes_the_result_from_the_cache(tmp_path: Path) -> None:
    top = make(tmp_path / "repo", "mkdir .venv && date +%N > .venv/made")
    with kit.serving(target.Team(course())):
        with pytest.raises(Parked):
            kit.go(top, target.Yes(later))
        kit.go(top)
    assert [(note.cached, note.why) for note in notes(top)] == [(False, ""), (True, "")]


def test_a_role_reaches_the_registry_that_it_names_and_its_result_says_so(tmp_path: Path, registry: str) -> None:
    role = (shipped.folder("roles") / "developer.toml").read_text(encoding="utf-8") + '\nnetwork = ["npm"]\n'
    top = target.make(tmp_path / "repo", {**target.FILES, "roles/developer.toml": role})
    calls = (
        target.call("bash", command=fetch(registry)),
        target.call("bash", command=fetch("https://other.test/x")),
    )
    with kit.serving(target.Team(course(*calls))):
        kit.go(top)
    first, second = (text for text in results(top) if "network:" in text)
    assert first.startswith(f"exit 0\nfetched\nnetwork: {HOST}:")
    assert ", 1 connection, " in first
    assert second.endswith(
        "network: other.test, 1 connection; refused: it is not a host of the registries that were named"
    )
    assert replay(kit.transcript(top, tmp_path / "run.jsonl")).outcome == "merged"


def test_an_agent_finds_the_named_packages_where_the_gates_find_them(tmp_path: Path) -> None:
    config = target.CONFIG.replace("[project]\n", '[project]\nenvironment = "node_modules"\n')
    config = config.replace('build = "', 'build = "tool && cat node_modules/made && ')
    own = {"harness.toml": config, ".gitignore": "__pycache__/\nnode_modules/\n"}
    top = target.make(tmp_path / "repo", {**target.FILES, **own})
    tool = top / "node_modules" / ".bin" / "tool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho called\n")
    tool.chmod(0o755)
    (top / "node_modules" / "made").write_text("installed\n")
    with kit.serving(target.Team(course(target.call("bash", command="tool; cat node_modules/made")))):
        kit.go(top)
    assert "exit 0\ncalled\ninstalled" in results(top)
    builds = [e.answer["result"] for e in kit.of(kit.journal(top), Answered) if e.key.endswith("gate/build")]
    assert set(builds) == {"passed"}


def test_a_role_without_a_registry_has_no_network(tmp_path: Path, registry: str) -> None:
    top = target.make(tmp_path / "repo")
    with kit.serving(target.Team(course(target.call("bash", command="env | grep -ci proxy; ls /sockets; true")))):
        kit.go(top)
    (text,) = [text for text in results(top) if "/sockets" in text]
    assert text.startswith("exit 0\n0\nls: cannot access '/sockets'")
    assert "network:" not in text


def test_a_role_that_names_an_unknown_registry_is_a_mistake(tmp_path: Path) -> None:
    role = (shipped.folder("roles") / "developer.toml").read_text(encoding="utf-8") + '\nnetwork = ["cargo"]\n'
    top = target.make(tmp_path / "repo", {**target.FILES, "roles/developer.toml": role})
    with pytest.raises(Mistake, match=r"roles/developer\.toml: value 1 of network is .cargo., but has to be .npm. or"):
        kit.go(top)
