"""The driver's own memory and environment, which hold the API key, closed to other processes of the same user."""

from __future__ import annotations

import ctypes
import sys

_SET_DUMPABLE = 4


def close() -> None:
    """From now on no other process of the user reads this one's memory or environment, and none traces it.

    Where the sandbox is weak or off, a command of an agent may be such a process. Linux alone has this; elsewhere
    nothing changes. Programs that this one starts are open again.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
