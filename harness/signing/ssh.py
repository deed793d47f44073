"""Signs and verifies by ssh-keygen, outside the sandbox, with the user's own key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from harness.domain.proof import Proof
from harness.errors import Refused
from harness.signing.own import Own

NAMESPACE = "decision@harness"
"""Keeps a signature of ours from being one of a commit or of a file, and the other way round."""
UNATTENDED = 60.0
"""Seconds that signing may take where nobody can be asked for a passphrase."""
TRUST = (
    "name `allowed_signers` in ~/.config/harness/signing.toml (or gpg.ssh.allowedSignersFile in your own git "
    "configuration), or put the public key beside the private one"
)
WRONG = "Could not verify signature"
"""What ssh-keygen says where it looked, and it is none."""
_FINGERPRINT = re.compile(r"\b(SHA256:[A-Za-z0-9+/=]+)")
_MOST_NAMES = 20
_PRIVATE = ("ANTHROPIC_", "GIT_")
"""Variables that ssh-keygen has no need of."""


@dataclass(frozen=True, slots=True)
class Ssh:
    """What the user's own configuration can sign and verify."""

    own: Own

    def sign(self, text: bytes) -> str:
        """The signature over `text`, in armour; Refused, in one sentence, where there is none.

        ssh-keygen may ask at the terminal for a passphrase, or wait for a touch of the device that holds the key.
        """
        with tempfile.TemporaryDirectory(prefix="harness-sign-") as folder:
            place, key = Path(folder, "decision"), Path(self.own.key)
            place.write_bytes(text)
            if self.own.literal:
                key = Path(folder, "key.pub")
                key.write_text(self.own.key + "\n", encoding="utf-8")
            agent = ("-U",) if self.own.literal else ()
            attended = sys.stdin is not None and sys.stdin.isatty()
            command = ("-Y", "sign", "-n", NAMESPACE, "-f", str(key), *agent, str(place))
            code, said = self._run(folder, command, attended=attended)
            signature = place.with_suffix(".sig")
            if code or not signature.is_file():
                why = _last(said) or f"it ended with {code}"
                more = "" if attended else "; at a terminal it can ask for a passphrase, or `ssh-add` the key first"
                raise Refused(f"not signed, so nothing was decided: {self.own.program} said: {why}{more}")
            return signature.read_text(encoding="ascii", errors="replace")

    def proof(self, text: bytes, signature: str, at: float) -> Proof:
        """Whether `signature` is over `text`, and by whom; keys count as of `at`, in seconds since the epoch."""
        if not signature:
            return Proof("unsigned")
        with tempfile.TemporaryDirectory(prefix="harness-verify-") as folder:
            place = Path(folder, "signature")
            place.write_text(signature, encoding="utf-8", errors="replace")
            checked = ("-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(place))
            code, said = self._run(folder, checked, text)
            if code is None:
                return Proof("unknown", why=said)
            if code and WRONG in said:
                return Proof("bad", why="it is not a signature over this decision")
            if code:
                # such as in a container whose user has no name: that says nothing of the signature
                return Proof("unknown", why=f"{self.own.program} said: {_last(said) or f'it ended with {code}'}")
            match = _FINGERPRINT.search(said)
            mark = match[1] if match else "an unnamed key"
            signers = self._signers(Path(folder))
            if signers is not None and not os.access(signers, os.R_OK):
                return Proof("unknown", mark, f"the allowed signers {signers} can't be read")
            if signers is None:
                return Proof("unknown", mark, f"nobody can tell whose {mark} is: {TRUST}")
            return self._named(text, folder, place, signers, at) or Proof("stranger", mark, self._strange(mark))

    def _named(self, text: bytes, folder: str, place: Path, signers: Path, at: float) -> Proof | None:
        """Good, by the first allowed signer whose signature it is; None where it is nobody's."""
        when = f"-Overify-time={time.strftime('%Y%m%d%H%M%S', time.gmtime(at))}"
        found = ("-Y", "find-principals", "-s", str(place), "-f", str(signers), when)
        code, said = self._run(folder, found)
        for name in said.splitlines()[:_MOST_NAMES] if not code else ():
            command = ("-Y", "verify", "-n", NAMESPACE, "-I", name, "-s", str(place), "-f", str(signers), when)
            if self._run(folder, command, text)[0] == 0:
                return Proof("good", name)
        return None

    def _signers(self, folder: Path) -> Path | None:
        """The allowed signers; where no file is named, the user's own key alone."""
        if self.own.signers is not None:
            return self.own.signers
        public = self.public()
        if not public:
            return None
        own = folder / "signers"
        own.write_text(f'your-own-key namespaces="{NAMESPACE}" {public}\n', encoding="utf-8")
        return own

    def public(self) -> str:
        """The public part of the user's key; '' where it does not lie beside it."""
        if not self.own.key or self.own.literal:
            return self.own.key
        file = Path(self.own.key if self.own.key.endswith(".pub") else f"{self.own.key}.pub")
        try:
            return " ".join(file.read_text(encoding="utf-8").split()[:2])
        except (OSError, UnicodeDecodeError):
            return ""

    def _strange(self, mark: str) -> str:
        where = self.own.signers or f"the key of {self.own.source}"
        return f"{mark} is no key that {where} allows to sign decisions ({NAMESPACE}) at that time"

    def _run(
        self, folder: str, command: tuple[str, ...], text: bytes | None = None, *, attended: bool = False
    ) -> tuple[int | None, str]:
        """(exit code, what it said); no code where it could not run. Works in a folder of ours: PATH may hold `.`."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
        try:
            done = subprocess.run(
                [self.own.program, *command],
                cwd=folder,
                env={**env, "LC_ALL": "C", "TZ": "UTC"},
                input=text,
                stdin=None if text is not None or attended else subprocess.DEVNULL,
                capture_output=True,
                timeout=None if attended else UNATTENDED,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, f"{self.own.program} gave no answer in {UNATTENDED:.0f} s"
        except OSError as error:
            return None, f"{self.own.program} can't be run: {error.strerror}; install OpenSSH 8.9 or later"
        return done.returncode, (done.stdout + b"\n" + done.stderr if done.returncode else done.stdout).decode(
            errors="replace"
        )


def _last(said: str) -> str:
    """The last thing that ssh-keygen said, as a line that a terminal does not act on."""
    lines = [line.removeprefix("Enter passphrase: ").strip() for line in said.splitlines() if line.strip()]
    return "".join(c if c.isprintable() else "?" for c in lines[-1])[:300] if lines else ""
