"""pytest: replay recorded runs. Nothing is imported until the fixture is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def replay_transcript() -> Callable[[str | Path], Any]:
    """replay_transcript(path) drives a recorded run again, offline; a divergence fails the test with its diff.

    Returns `harness.replay.Replayed`: run, entries, seconds, outcome.
    """

    def play(path: str | Path) -> Any:
        from harness.errors import Broken, Diverged, Mistake
        from harness.replay import replay

        try:
            return replay(Path(path))
        except (Diverged, Broken, Mistake) as error:
            pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)

    return play
