"""Property tests take as long as the machine is busy: no example has a deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
