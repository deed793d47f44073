"""What a role may write and read: no spelling of a denied path gets through, and nothing raises."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.domain.permission import ALWAYS_DENIED, SHIPPED, Secrets, matches, refusal
from harness.domain.role import Role

FOLDER = "openspec/changes/demo"


def role(**more: Any) -> Role:
    """A role that may write everything, unless `more` says otherwise."""
    given = {"name": "dev", "title": "D", "email": "d@x.invalid", "model": "m", "tools": (), "write": ("**",), **more}
    return Role.model_validate(given)


DENIED = (
    ".git", "src/.git/config", ".git/hooks/pre-commit", ".gitmodules", "a/.gitattributes", "src/sitecustomize.py",
    "x.pth", ".env", "a/.env.local", ".npmrc", ".envrc", ".vscode/tasks.json", "a/.claude/settings.json", ".mcp.json",
    ".github/workflows/ci.yml", ".gitlab-ci.yml", "harness.toml", "roles/developer.toml", "prompts/qa.md.j2",
    "openspec/backlog.md", f"{FOLDER}/record/decisions.md", "TBC/minutes/x.md", "kept/locked.py",
)  # fmt: skip
"""Paths that a role may not write although its globs say `**`; the last by its own `deny`."""
ROLE = role(deny=("kept/**",))
ALIKE: dict[str, str] = {"s": "sSſ", "k": "kK\u212a", "i": "iIıİ", "f": "fFｆ", "e": "eEℯ", "g": "gGⓖ𝐠", ".": ".．"}
UNSEEN = "\u200b\u200c\u200d\u200e\u202e\u2066\ufeff\u00ad\u034f\u180e\ufe0f\x01\x7f\n"


def wide(char: str) -> str:
    """The full-width form of a plain character."""
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" and char != "/" else char


def spelled(draw: Callable[..., Any], path: str) -> str:
    """Another spelling that some file system, or a reader, takes for `path`."""
    text = "".join(draw(st.sampled_from([*ALIKE.get(c, c), c.upper(), c, wide(c)])) for c in path)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(UNSEEN)) + text[at:]
    parts = text.split("/")
    tails = ["", "", "", ".", " ", " .", "::$DATA", ":x", "::$INDEX_ALLOCATION"]
    parts = [part + draw(st.sampled_from(tails)) for part in parts]
    text = draw(st.sampled_from(["/", "/", "\\"])).join(parts)
    return unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])), text)


@given(st.data(), st.sampled_from(DENIED))
def test_no_spelling_of_a_denied_path_is_allowed(data: st.DataObject, path: str) -> None:
    variant = spelled(data.draw, path)
    assert refusal(ROLE, variant, FOLDER), ascii(variant)
    assert refusal(ROLE, path, FOLDER)


@given(st.data(), st.sampled_from(DENIED[1:-4]), st.lists(st.sampled_from(["a", "src", "b c", "é"]), max_size=3))
def test_nor_below_other_folders(data: st.DataObject, path: str, above: list[str]) -> None:
    if any(glob.startswith("**/") and matches(path, (glob,)) for glob in ALWAYS_DENIED):
        assert refusal(ROLE, "/".join([*above, spelled(data.draw, path)]), FOLDER)


@given(
    st.data(),
    st.sampled_from([".env", "a/.env.production", "certs/server.pem", "id_rsa", "b/id_ed25519", ".npmrc", "x/.key"]),
)
def test_no_spelling_of_a_secret_is_shown(data: st.DataObject, path: str) -> None:
    variant = spelled(data.draw, path)
    assert SHIPPED.hides(variant), ascii(variant)
    assert refusal(ROLE, variant, FOLDER)


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=3), st.lists(st.text(max_size=12), max_size=3))
@example("\ud800", ["**"], [])
def test_nothing_raises_and_nothing_is_allowed_but_by_a_glob(path: str, write: list[str], deny: list[str]) -> None:
    given_ = role(write=tuple(write), deny=tuple(deny))
    answer = refusal(given_, path, FOLDER)
    assert isinstance(answer, str)
    assert isinstance(SHIPPED.hides(path), bool)
    if not answer:
        assert matches(path, given_.write)
        assert not matches(path, given_.deny)
        assert not matches(path, ALWAYS_DENIED)
        assert not SHIPPED.hides(path)


@given(st.lists(st.sampled_from(["src", "docs", "a", "b.py", "x_test.py", "README.md", "é"]), min_size=1, max_size=5))
def test_ordinary_paths_are_allowed(parts: list[str]) -> None:
    path = "/".join(parts)
    assert refusal(role(), path, FOLDER) == ""
    assert refusal(role(write=(path,)), path, FOLDER) == ""
    assert refusal(role(write=()), path, FOLDER) == "the dev may not write it"
    assert refusal(role(deny=(path.upper(),)), path, FOLDER) == "the dev may not write it"


@pytest.mark.parametrize(
    "path", [".env.example", "a/.env.sample", ".env.template", ".env.production.dist", "id_rsa.pub"]
)
def test_examples_are_documentation(path: str) -> None:
    assert not SHIPPED.hides(path)


@pytest.mark.parametrize("path", [".env", ".ENV.Example", ".env.examples", "a/b/c/k.PEM", "id_rsa", "app.tfstate"])
def test_secrets_by_name(path: str) -> None:
    assert SHIPPED.hides(path)
    assert not SHIPPED.hides(path, reads=("**",))
    assert not SHIPPED.hides(path, reads=(path,))
    assert SHIPPED.hides(path, reads=("other",))


def test_a_path_that_is_too_long_to_look_at_is_hidden() -> None:
    assert SHIPPED.hides("a/" * 5000)


def test_a_repository_has_its_own_patterns() -> None:
    own = Secrets(patterns=("vault/**", "**/.env.sample"), public=("vault/README.md", "tests/**/*.pem"))
    hidden = {".env", "vault/a", "Vault/A", ".env.sample", "a.pem", "tests/.env"}
    shown = {"vault/README.md", "tests/certs/a.pem", ".env.example"}
    assert {path for path in hidden | shown if own.hides(path)} == hidden


def test_what_a_role_may_not_read_it_may_not_write() -> None:
    assert "secret" in refusal(role(), "tests/certs/a.pem", FOLDER)
    assert refusal(role(reads=("tests/certs/*",)), "tests/certs/a.pem", FOLDER) == ""
    assert refusal(role(), "tests/certs/a.pem", FOLDER, Secrets(public=("tests/certs/**",))) == ""
    assert refusal(role(reads=(".env",)), ".env", FOLDER) == "no role may write it"
