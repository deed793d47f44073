"""What the user wrote of a change before it has a branch: the proposal, and what it says about itself."""

from __future__ import annotations

import os
from pathlib import Path

from harness.domain.change import Change
from harness.domain.secret import in_use, told
from harness.errors import Mistake
from harness.workspace.own import own_file

FILES = ("proposal.md", ".openspec.yaml")
"""The second one is OpenSpec's metadata, such as what the change depends on."""


def proposed(top: Path, change: Change) -> dict[str, bytes]:
    """path -> content of what goes on the branch; Mistake where that holds a secret."""
    paths = [f"{change.folder}/{name}" for name in FILES]
    found = {path: data for path in paths if (data := own_file(top, path)) is not None}
    for path, data in found.items():
        secret = told(data.decode("utf-8", errors="replace"), in_use(os.environ))
        if secret:
            raise Mistake(
                f"{path} holds what looks like a secret ({secret}), which would go to the model and on the record; "
                "take it out, then run again"
            )
    return found
