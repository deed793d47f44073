"""Package registries by kind, and what was reached of them. Their hosts are the package manager's own business."""

from __future__ import annotations

from typing import Literal

from harness.domain.frozen import Frozen

Registry = Literal["npm", "pypi"]
Outside = Literal["npm", "pypi", "advisories"]
"""What a way out can lead to: a registry, or the source of advisories that pip-audit is configured for."""


class Reached(Frozen):
    """What was asked of one host, with one outcome, while a command ran."""

    host: str
    port: int = 443
    connections: int = 0
    sent: int = 0
    """Bytes to the host."""
    received: int = 0
    """Bytes from the host."""
    why: str = ""
    """Why it was refused or cut off; '' where all went well."""

    def __str__(self) -> str:
        place = self.host if self.port == 443 else f"{self.host}:{self.port}"
        times = f"{self.connections} connection{'' if self.connections == 1 else 's'}"
        size = f", {_size(self.sent + self.received)}" if self.sent + self.received else ""
        return f"{place}, {times}{size}" + (f"; {self.why}" if self.why else "")


def _size(number: int) -> str:
    """Bytes for people."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= factor:
            value = number / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number} B"
