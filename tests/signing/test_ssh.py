"""Signatures by the real ssh-keygen: what counts, what does not, and why."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import Refused
from harness.signing.own import Own
from harness.signing.ssh import NAMESPACE, Ssh
from tests.signer import allowed, by, key

TEXT = b'harness decision, version 1\nrun: "x"\n'
NOW = 1_790_000_000


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys `ada`, `bob`, and `closed`, which has a passphrase."""
    folder = tmp_path_factory.mktemp("keys")
    key(folder, "ada")
    key(folder, "bob")
    key(folder, "closed", "open sesame")
    return folder


def trusting(keys: Path, name: str, signers: Path) -> Ssh:
    return Ssh(Own("the test", str(keys / name), signers))


def test_a_signature_is_good_for_its_text_alone(keys: Path, tmp_path: Path) -> None:
    ssh = trusting(keys, "ada", allowed(tmp_path / "signers", bob=keys / "bob", ada=keys / "ada"))
    signature = ssh.sign(TEXT)
    assert signature.startswith("-----BEGIN SSH SIGNATURE-----")
    assert str(ssh.proof(TEXT, signature, NOW)) == "signed by ada@owner.invalid (good)"
    for text in (TEXT + b"\n", TEXT.replace(b"x", b"y"), b""):
        assert ssh.proof(text, signature, NOW).state == "bad"
    assert ssh.proof(TEXT, "", NOW).state == "unsigned"


def test_one_byte_of_a_signature_is_enough(keys: Path) -> None:
    ssh = by(keys / "ada")
    signature = ssh.sign(TEXT)
    lines = signature.splitlines()
    changed = lines[3].translate(str.maketrans("AaBb", "aAbB"))
    assert changed != lines[3]
    wrong = ["x", "\x00", "-----BEGIN SSH SIGNATURE-----\n", "\n".join([*lines[:3], changed, *lines[4:]])]
    states = {ssh.proof(TEXT, text, NOW).state for text in wrong}
    assert states == {"bad"}
    assert ssh.proof(TEXT, signature, NOW).state == "good", "without the change it counts"


def test_the_users_own_key_is_trusted_where_no_file_is_named(keys: Path) -> None:
    signature = by(keys / "ada").sign(TEXT)
    assert by(keys / "ada").proof(TEXT, signature, NOW).state == "good"
    assert by(keys / "ada.pub").proof(TEXT, signature, NOW).state == "good"
    strange = by(keys / "bob").proof(TEXT, signature, NOW)
    assert strange.state == "stranger" and re.search(r"SHA256:\S+ is no key that", strange.why)


def test_without_anybody_to_trust_nothing_can_be_told(keys: Path, tmp_path: Path) -> None:
    signature = by(keys / "ada").sign(TEXT)
    nobody = Ssh(Own("")).proof(TEXT, signature, NOW)
    assert nobody.state == "unknown" and "allowed_signers" in nobody.why
    gone = trusting(keys, "ada", tmp_path / "gone").proof(TEXT, signature, NOW)
    assert gone.state == "unknown" and "can't be read" in gone.why
    lost = Ssh(Own("", program="no-such-program")).proof(TEXT, signature, NOW)
    assert lost.state == "unknown" and "install OpenSSH" in lost.why


def test_a_signature_of_something_else_does_not_count(keys: Path, tmp_path: Path) -> None:
    """A commit's signature, by the same key over the same bytes, is none of a decision."""
    (tmp_path / "text").write_bytes(TEXT)
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(keys / "ada"), str(tmp_path / "text")],
        check=True, capture_output=True,
    )  # fmt: skip
    assert by(keys / "ada").proof(TEXT, (tmp_path / "text.sig").read_text(), NOW).state == "bad"


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ("", "good"),
        (f'namespaces="{NAMESPACE}"', "good"),
        ('namespaces="git"', "stranger"),
        ('valid-before="20260101"', "stranger"),
        ('valid-after="20260101"', "good"),
    ],
)
def test_the_allowed_signers_may_be_limited(keys: Path, tmp_path: Path, options: str, state: str) -> None:
    """By purpose and by time: what counts is the time of the decision."""
    public = (keys / "ada.pub").read_text()
    (tmp_path / "signers").write_text(f"*@owner.invalid {options} {public}")
    ssh = trusting(keys, "ada", tmp_path / "signers")
    assert ssh.proof(TEXT, ssh.sign(TEXT), NOW).state == state


@pytest.mark.parametrize("name", ["closed", "missing"])
def test_a_key_that_can_not_be_used_signs_nothing(keys: Path, name: str) -> None:
    with pytest.raises(Refused, match="not signed, so nothing was decided: ssh-keygen said: ") as refused:
        by(keys / name).sign(TEXT)
    assert "\n" not in str(refused.value) and "ssh-add" in str(refused.value)


@pytest.fixture
def agent(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent that holds Ada's key."""
    place = tmp_path / "agent"
    said = subprocess.run(["ssh-agent", "-a", str(place)], check=True, capture_output=True, text=True).stdout
    process = re.search(r"SSH_AGENT_PID=(\d+)", said)
    assert process
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    subprocess.run(["ssh-add", "-q", str(keys / "ada")], check=True)
    yield
    os.kill(int(process[1]), signal.SIGTERM)


def test_an_agent_signs_for_a_public_key(keys: Path, tmp_path: Path, agent: None) -> None:
    public = " ".join((keys / "ada.pub").read_text().split()[:2])
    (tmp_path / "alone.pub").write_text(public + "\n")
    for own in (Own("the test", public), Own("the test", str(tmp_path / "alone.pub"))):
        assert Ssh(own).proof(TEXT, Ssh(own).sign(TEXT), NOW).state == "good"


def test_the_program_is_not_taken_from_where_it_is_called(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.` on the PATH would find the repository's own ssh-keygen."""
    planted = tmp_path / "ssh-keygen"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    subprocess.run(["ssh-keygen"], check=False)
    assert (tmp_path / "ran").exists(), "without the protection it is called"
    (tmp_path / "ran").unlink()
    assert by(keys / "ada").proof(TEXT, by(keys / "ada").sign(TEXT), NOW).state == "good"
    assert not (tmp_path / "ran").exists()


def test_the_key_of_the_model_stays_here(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = tmp_path / "shown"
    program = tmp_path / "sign"
    program.write_text(f'#!/bin/sh\nenv > {shown}\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-model")
    Ssh(Own("the test", str(keys / "ada"), program=str(program))).sign(TEXT)
    assert "PATH=" in shown.read_text() and "sk-of-the-model" not in shown.read_text()
