"""Which key signs: the user's own configuration says so, and nothing in a repository can."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.signing.own import own, required
from tests import target
from tests.signer import configure


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home directory, with nothing in it."""
    place = tmp_path / "home"
    place.mkdir()
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return place


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return target.make(tmp_path / "repo")


def git(home: Path, **settings: str) -> None:
    """Write the user's own git configuration."""
    (home / ".gitconfig").write_text("")
    for name, value in settings.items():
        target.git(home, "config", "--file", str(home / ".gitconfig"), name.replace("_", "."), value)


def test_nothing_is_configured(home: Path, top: Path) -> None:
    found = own(top)
    assert (found.key, found.signers, found.required) == ("", None, False) and not required()


def test_the_users_file_is_all_that_counts(home: Path, top: Path) -> None:
    git(home, gpg_format="ssh", user_signingkey="~/git-key")
    configure(home, key="~/own-key", allowed_signers=str(home / "signers"), required=True)
    found = own(top)
    assert (found.key, found.signers) == (str(home / "own-key"), home / "signers") and found.required and required()
    configure(home)
    assert own(top).key == "", "an empty file turns signing off"


def test_gits_own_settings_are_taken_where_there_is_no_file(home: Path, top: Path) -> None:
    git(home, gpg_format="ssh", user_signingkey="~/git-key")
    target.git(home, "config", "--file", str(home / ".gitconfig"), "gpg.ssh.allowedSignersFile", "~/signers")
    found = own(top)
    assert (found.key, found.signers, found.program) == (str(home / "git-key"), home / "signers", "ssh-keygen")
    git(home, user_signingkey="0123ABCD")
    assert own(top).key == "", "without gpg.format = ssh it is a key of another kind"


def test_a_public_key_may_stand_in_its_place(home: Path, top: Path) -> None:
    configure(home, key="key::ssh-ed25519 AAAA")
    assert own(top).literal and own(top).key == "ssh-ed25519 AAAA"


def test_a_repository_names_no_key(home: Path, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in its own configuration, nor in one for a worktree, nor by what is included, nor by the environment."""
    planted = {
        "gpg.format": "ssh", "user.signingKey": "/planted", "gpg.ssh.allowedSignersFile": "/planted",
        "gpg.ssh.program": "/planted", "extensions.worktreeConfig": "true",
    }  # fmt: skip
    for name, value in planted.items():
        target.git(top, "config", name, value)
    target.git(top, "config", "--worktree", "user.signingKey", "/planted")
    (top / "planted").write_text("[user]\n\tsigningKey = /planted\n")
    target.git(top, "config", "include.path", "../planted")
    monkeypatch.chdir(top)
    for number, (name, value) in enumerate(planted.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(planted)))
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    assert target.git(top, "config", "user.signingKey") == "/planted", "without the protection it is named"
    assert own(top).key == "" and own(top).signers is None


@pytest.mark.parametrize("name", ["key", "allowed_signers", "program"])
def test_a_path_is_absolute_and_outside_the_repository(home: Path, top: Path, name: str) -> None:
    (top / "tools").mkdir()
    (top / "tools" / "x").write_text("")
    (home / "link").symlink_to(top / "tools")
    for value in ("tools/x", "./tools/x", "../repo/tools/x"):
        configure(home, **{name: value})
        with pytest.raises(Mistake, match="absolute path"):
            own(top)
    for value in (f"{top}/tools/x", "~/link/x", f"{home}/../repo/tools/x"):
        configure(home, **{name: value})
        with pytest.raises(Mistake, match="lies in the repository"):
            own(top)


def test_what_everybody_may_write_is_not_trusted(home: Path, top: Path) -> None:
    signers = home / "signers"
    signers.write_text("")
    file = configure(home, allowed_signers=str(signers))
    assert own(top).signers == signers
    signers.chmod(0o666)
    with pytest.raises(Mistake, match=r"everybody may write .*signers"):
        own(top)
    file.chmod(0o666)
    with pytest.raises(Mistake, match=r"everybody may write .*signing\.toml"):
        own(top)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("key = ", "can't be read"),
        ("keys = 'x'", r"keys is unknown; did you mean key\?"),
        ("required = 'maybe'", "required"),
        ("\udcff", "can't be read"),
    ],
)
def test_a_file_that_is_not_understood_is_named(home: Path, top: Path, text: str, why: str) -> None:
    file = configure(home)
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Mistake, match=why) as mistake:
        own(top)
    assert str(file) in str(mistake.value)
    with pytest.raises(Mistake):
        required()
