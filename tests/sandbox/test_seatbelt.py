"""Seatbelt's profile, and the following of processes: all that can be looked at without macOS."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Limits
from harness.sandbox.belted import Belted, rows
from harness.sandbox.output import Renamed
from harness.sandbox.seatbelt import profile, quoted


def strings(text: str) -> list[str]:
    """The string literals of a profile, as its language reads them; the rest has to be balanced and plain."""
    found, rest, at = [], "", 0
    while at < len(text):
        if text[at] != '"':
            rest += text[at]
            at += 1
            continue
        at += 1
        word = ""
        while text[at] != '"':
            at += text[at] == "\\"
            word += text[at]
            at += 1
        found.append(word)
        at += 1
    assert rest.count("(") == rest.count(")") and set(rest) <= set("abcdefghijklmnopqrstuvwxyz0123456789-*() \n")
    return found


@pytest.mark.parametrize(
    "name", ["plain", "with space", 'quote"', "back\\slash", 'end\\"', '") (allow default) ("', "ümlaut", "#|x|#", ";x"]
)
def test_a_path_stays_one_string(name: str) -> None:
    path = Path("/Users/ann", name)
    text = profile([path], [Path("/opt/tools")])
    assert str(path) in strings(text) and "/opt/tools" in strings(text)
    bare = profile([Path("/Users/ann/plain")], [Path("/opt/tools")])
    assert text.replace(quoted(path), "") == bare.replace(quoted(Path("/Users/ann/plain")), "")


@pytest.mark.parametrize("path", ["/a\nb", "/a\0b", "/a\x1bb", "relative", "/a\u202eb"])
def test_a_path_without_a_safe_spelling_is_refused(path: str) -> None:
    with pytest.raises(Mistake, match="can't be named"):
        profile([Path(path)], [])


def test_what_is_not_allowed_is_denied() -> None:
    lines = profile([Path("/opt/tree")], []).splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"] and lines[-1] == "(deny network*)"
    assert [line for line in lines if "file-write*" in line] == ['(allow file-read* file-write* (subpath "/opt/tree"))']
    assert not any("network" in line for line in lines if line.startswith("(allow"))
    assert not any(word in "\n".join(lines) for word in ("mach-lookup", "/Users", "/private/tmp", "iokit"))


def test_processes_are_followed_by_the_system_s_table(tmp_path: Path) -> None:
    """Without Seatbelt, which is not here: a daemon that leaves its parent and its group is ended all the same."""
    script = "setsid sh -c 'echo $$ > daemon; sleep 60' & sleep 0.5; echo done"
    process = subprocess.Popen(
        ["sh", "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    ended: list[bool] = []
    outcome = Belted(process, Limits(wall=20), (tmp_path,), Renamed({}), lambda: ended.append(True)).wait()
    assert (outcome.code, outcome.output, outcome.limit, ended) == (0, "done\n", "", [True])
    assert int((tmp_path / "daemon").read_text()) not in {row.pid for row in rows()}


@pytest.mark.parametrize(
    ("shell", "limits", "limit"),
    [
        ("sleep 60", Limits(wall=0.3), "wall time"),
        ("yes", Limits(wall=20, flood=1 << 20), "output"),
        ("head -c 30000000 /dev/zero > big; sleep 60", Limits(wall=20, disk=10 << 20), "disk"),
        ("for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait", Limits(wall=20, processes=8), "processes"),
    ],
)
def test_its_limits(shell: str, limits: Limits, limit: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["sh", "-c", shell], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    outcome = Belted(process, limits, (tmp_path,), Renamed({}), lambda: None).wait()
    assert (outcome.code, outcome.limit) == (137, limit)
