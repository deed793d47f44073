"""The agents' tools on a real private directory: what they answer, what they refuse, and what they leave as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.domain.role import Role
from harness.domain.shape import wrong
from harness.errors import Mistake
from harness.sandbox.none import NoSandbox
from harness.tools.table import TOOLS
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from tests.target import git

ROLE = Role(
    name="developer",
    title="Developer",
    email="d@team.invalid",
    model="m",
    tools=tuple(TOOLS),
    write=("src/**", "notes.txt"),
)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Directory]:
    top = tmp_path / "repo"
    (top / "src").mkdir(parents=True)
    git(top, "init", "-q", "-b", "develop")
    (top / "src" / "a.py").write_bytes(b"one\ntwo\nthree\n")
    (top / "src" / "dos.txt").write_bytes(b"\xef\xbb\xbfalpha\r\nbeta\r\n")
    (top / "src" / "raw.bin").write_bytes(b"\xff\xfe\x00\x01")
    (top / "README.md").write_text("Read me\n")
    git(top, "add", "-A")
    git(top, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "chore: begin")
    objects = Git(top / ".git")
    made = Directory(
        tmp_path / "stage",
        objects=objects,
        snapshot=objects.commit("develop"),
        ref="refs/harness/test/1",
        role=ROLE,
        folder="openspec/changes/x",
        sandbox=NoSandbox("none in this test"),
        read=(),
        env={},
        ignored=lambda path: False,
        date=lambda: 1_700_000_000,
    )
    yield made
    made.close()


def use(space: Directory, name: str, **given: Any) -> str:
    """The text that a tool answers."""
    tool = TOOLS[name]
    assert tool.run is not None and wrong(tool.schema, given) == ""
    return tool.run(given, space).text


def refused(space: Directory, name: str, **given: Any) -> str:
    """The sentence with which a tool refuses."""
    with pytest.raises(Mistake) as caught:
        use(space, name, **given)
    return str(caught.value)


def test_view_numbers_lines_and_takes_a_range(space: Directory) -> None:
    assert use(space, "view", path="src/a.py", view_range=[]) == "     1\tone\n     2\ttwo\n     3\tthree"
    assert use(space, "view", path="src/a.py", view_range=[2, -1]) == "     2\ttwo\n     3\tthree"
    assert "3 lines" in refused(space, "view", path="src/a.py", view_range=[7, 9])


def test_view_lists_folders(space: Directory) -> None:
    assert use(space, "view", path=".", view_range=[]).splitlines() == [
        "README.md", "src/a.py", "src/dos.txt", "src/raw.bin",
    ]  # fmt: skip
    assert use(space, "view", path="src", view_range=[]).startswith("src/a.py")
    assert refused(space, "view", path="nowhere", view_range=[])


def test_create_writes_what_the_role_may(space: Directory) -> None:
    assert use(space, "create", path="src/new/b.py", file_text="x = 1\n") == "wrote src/new/b.py, 1 lines"
    assert space.read("src/new/b.py") == b"x = 1\n"
    assert "may not write" in refused(space, "create", path="README.md", file_text="no")
    assert space.read("README.md") == b"Read me\n"


def test_copy_gives_a_file_to_edit_and_overwrites_none(space: Directory) -> None:
    assert use(space, "copy", source="README.md", path="src/new/c.md") == "copied README.md to src/new/c.md, 1 lines"
    assert space.read("src/new/c.md") == b"Read me\n" == space.read("README.md")
    assert use(space, "copy", source="src/raw.bin", path="src/raw2.bin")
    assert space.read("src/raw2.bin") == space.read("src/raw.bin")
    assert "there already" in refused(space, "copy", source="src/dos.txt", path="src/a.py")
    assert space.read("src/a.py") == b"one\ntwo\nthree\n"
    assert "no such file" in refused(space, "copy", source="gone.txt", path="src/d.py")
    assert "may not write" in refused(space, "copy", source="src/a.py", path="other.md")


def test_str_replace_wants_exactly_one_place(space: Directory) -> None:
    said = use(space, "str_replace", path="src/a.py", old_str="two\n", new_str="2\n2b\n2c\n")
    assert said.splitlines()[1:] == ["     1\tone", "     2\t2", "     3\t2b", "     4\t2c", "     5\tthree"]
    assert space.read("src/a.py") == b"one\n2\n2b\n2c\nthree\n"
    assert "occurs 3 times" in refused(space, "str_replace", path="src/a.py", old_str="2", new_str="x")
    assert "does not occur" in refused(space, "str_replace", path="src/a.py", old_str="four", new_str="x")
    assert "is empty" in refused(space, "str_replace", path="src/a.py", old_str="", new_str="x")


def test_line_ends_and_byte_order_marks_stay(space: Directory) -> None:
    use(space, "str_replace", path="src/dos.txt", old_str="alpha\nbeta", new_str="gamma\nbeta")
    use(space, "insert", path="src/dos.txt", insert_line=2, insert_text="delta")
    assert space.read("src/dos.txt") == b"\xef\xbb\xbfgamma\r\nbeta\r\ndelta\r\n"


def test_insert_at_either_end(space: Directory) -> None:
    use(space, "insert", path="src/a.py", insert_line=0, insert_text="zero\n")
    said = use(space, "insert", path="src/a.py", insert_line=4, insert_text="four")
    assert space.read("src/a.py") == b"zero\none\ntwo\nthree\nfour\n"
    assert said.splitlines()[-1] == "     5\tfour"
    assert "5 lines" in refused(space, "insert", path="src/a.py", insert_line=9, insert_text="x")


def test_files_that_are_not_text_are_left_alone(space: Directory) -> None:
    for name, given in (
        ("view", {"view_range": []}),
        ("str_replace", {"old_str": "a", "new_str": "b"}),
        ("insert", {"insert_line": 0, "insert_text": "x"}),
    ):
        assert "not UTF-8" in refused(space, name, path="src/raw.bin", **given)


def test_search_finds_places(space: Directory) -> None:
    assert use(space, "search", text="TWO", glob="") == "src/a.py:2: two"
    assert use(space, "search", text="o", glob="src/*.py").splitlines() == ["src/a.py:1: one", "src/a.py:2: two"]
    assert use(space, "search", text="zebra", glob="") == "nothing holds 'zebra'"
    assert "text is empty" in refused(space, "search", text="", glob="")


def test_a_file_that_is_too_large_to_view_is_called_that(space: Directory, tmp_path: Path) -> None:
    with (tmp_path / "stage/tree/big.bin").open("wb") as file:
        file.truncate(40 << 20)
    assert "can't be read: it is larger than 32 MB" in refused(space, "view", path="big.bin", view_range=[])
    assert "there is no such file" in refused(space, "view", path="gone.txt", view_range=[])
    assert "a part of the path is not a directory" in refused(space, "view", path="README.md/x", view_range=[])


def test_bash_needs_a_sandbox(space: Directory) -> None:
    assert "none in this test" in refused(space, "bash", command="true")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("text", "the input is not an object"),
        ({"path": "a"}, "view_range is missing"),
        ({"path": 1, "view_range": []}, "path must be of the type string"),
        ({"path": "a", "view_range": ["1"]}, "view_range must hold values of the type integer alone"),
        ({"path": "a", "view_range": [True]}, "view_range must hold values of the type integer alone"),
        ({"path": "a", "view_range": [], "x": 1}, "there is no x; the input takes path, view_range"),
        ({"path": "a", "view_range": [1, 2]}, ""),
    ],
)
def test_input_is_held_against_the_schema(given: Any, said: str) -> None:
    assert wrong(TOOLS["view"].schema, given) == said


def test_every_tool_is_strict() -> None:
    for name, tool in TOOLS.items():
        assert tool.name == name and tool.description
        assert tool.schema["additionalProperties"] is False
        assert set(tool.schema["required"]) == set(tool.schema["properties"])
