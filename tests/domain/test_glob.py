"""Globs, against a slow reference, and against globs that are made to be slow."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.glob import matcher
from harness.domain.permission import matches

GLOBS = st.lists(st.sampled_from(["**/", "**", "*", "?", "/", "a", "b", "ab", ".", "[", "(", "\\", "ß"]), max_size=9)
PATHS = st.text(alphabet="ab./[(\\ß\n", max_size=14)


def reference(glob: str, path: str) -> bool:
    """What a glob means, by trying everything."""

    @cache
    def rest(g: int, p: int) -> bool:
        if g == len(glob):
            return p == len(path)
        if glob.startswith("**/", g):
            end = path.find("/", p)
            return rest(g + 3, p) or (end > p and rest(g, end + 1))
        if glob.startswith("**", g):
            return any(rest(g + 2, q) for q in range(p + 1, len(path) + 1))
        if glob[g] == "*":
            return rest(g + 1, p) or (p < len(path) and path[p] != "/" and rest(g, p + 1))
        if p == len(path):
            return False
        return (path[p] != "/" if glob[g] == "?" else glob[g] == path[p]) and rest(g + 1, p + 1)

    return rest(0, 0)


@given(GLOBS.map("".join), PATHS)
def test_a_glob_means_what_the_reference_says(glob: str, path: str) -> None:
    assert matches(path, (glob,)) == reference(glob, path)


@given(st.lists(GLOBS.map("".join), max_size=4), PATHS)
def test_several_globs_match_where_one_does(globs: list[str], path: str) -> None:
    assert matches(path, tuple(globs)) == any(reference(glob, path) for glob in globs)


@given(GLOBS.map("".join), PATHS)
def test_a_lenient_comparison_never_matches_less(glob: str, path: str) -> None:
    if matches(path, (glob,)):
        assert matches(path, (glob,), fold=True)
        assert matches(path.swapcase(), (glob,), fold=True) or "ß" in path + glob


@given(st.text(max_size=20), st.text(max_size=30))
def test_any_text_is_a_glob(glob: str, path: str) -> None:
    assert matches(path, (glob,), fold=True) in (True, False)
    assert matches(glob, (glob.replace("*", "x").replace("?", "x"),)) == (not set("*?") & set(glob))


@pytest.mark.parametrize(
    "glob", ["*a" * 40 + "b", "**a" * 40 + "b", "**/*a/" * 20 + "b", "**/" * 50 + "b", "**/x" * 30, "*?" * 50 + "/b"]
)
def test_no_glob_is_slow(glob: str) -> None:
    began = time.process_time()
    for path in ("a" * 4000, "a/" * 2000, "xa" * 2000, "aaa/x" * 800):
        assert matches(path, (glob,), fold=True) == matcher((glob,))(path)
    assert time.process_time() - began < 3
