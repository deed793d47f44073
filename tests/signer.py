"""A CEO who signs: real keys, and a home directory whose configuration names one of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness import trust
from harness.domain.decision import Decision
from harness.domain.event import Asked
from harness.signing.own import Own
from harness.signing.ssh import Ssh
from tests.engine import kit


def key(folder: Path, name: str, passphrase: str = "") -> Path:
    """A new key pair; the private one's path."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(place)], check=True)
    return place


def allowed(file: Path, **keys: Path) -> Path:
    """An allowed-signers file: name -> private key, whose public part it holds."""
    rows = [f"{name}@owner.invalid {place.with_suffix('.pub').read_text()}" for name, place in keys.items()]
    file.write_text("".join(rows))
    return file


def configure(home: Path, **settings: str | bool) -> Path:
    """Write the user's signing.toml."""
    file = home / ".config" / "harness" / "signing.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for name, value in settings.items()
    ]
    file.write_text("\n".join(rows) + "\n")
    return file


def by(place: Path) -> Ssh:
    """What signs with the key and trusts it alone."""
    return Ssh(Own("the test", str(place)))


def said(top: Path, asked: Asked, verb: str = "approve", to: str = "", comment: str = "") -> Decision:
    """A decision on what is asked, signed as the configuration says."""
    decision = Decision.model_validate(
        {"subject": asked.detail["subject"], "verb": verb, "by": "cleo", "to": to, "comment": comment}
    )
    if asked.key == "accept":
        # what takes effect in the repository belongs to no run, and is signed by what asks for it
        return decision
    return trust.signed(top, kit.journal(top), asked.key, decision)
