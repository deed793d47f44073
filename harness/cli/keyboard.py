"""The keyboard of a terminal: lines typed after they were asked for, and none of what was typed before."""

from __future__ import annotations

import os
import select
import signal
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

WAIT = 0.5
"""Seconds between two looks at what else may have happened."""
LONGEST = 65_536
"""Bytes of one line."""


class Keyboard:
    """Reads the descriptor itself, so that nothing lies in a buffer of Python's where it can't be thrown away."""

    def __init__(self, descriptor: int) -> None:
        self._fd = descriptor
        self._before: list[Any] | None = None
        """The terminal's settings while echo is off."""
        self._ending: Any = None

    def quiet(self) -> None:
        """Echo off: what is typed while lines are drawn would be drawn into them."""
        if self._before is not None or not self._ours():
            return
        before = termios.tcgetattr(self._fd)
        silent = [*before]
        silent[3] &= ~termios.ECHO
        self._before = before
        if threading.current_thread() is threading.main_thread():
            self._ending = signal.signal(signal.SIGTERM, self._ended)
        termios.tcsetattr(self._fd, termios.TCSANOW, silent)

    def loud(self) -> None:
        """The settings as they were; nothing if they still are."""
        if self._before is None:
            return
        before, self._before = self._before, None
        if self._ours():
            termios.tcsetattr(self._fd, termios.TCSANOW, before)
        if self._ending is not None:
            signal.signal(signal.SIGTERM, self._ending)
            self._ending = None

    def drop(self) -> None:
        """Throw away what was typed and not read yet."""
        if self._ours():
            termios.tcflush(self._fd, termios.TCIFLUSH)

    def line(self, idle: Callable[[], None]) -> str | None:
        """The next line without its end, None where the input is over; `idle` is called while nothing is typed."""
        typed = b""
        while len(typed) < LONGEST:
            if not select.select([self._fd], [], [], WAIT)[0]:
                idle()
                continue
            byte = os.read(self._fd, 1)
            if byte == b"\n" or (not byte and typed):
                break
            if not byte:
                return None
            typed += byte
        return typed.decode("utf-8", errors="replace")

    def _ours(self) -> bool:
        """Whether this is a terminal that may be touched: from behind its foreground it would suspend us."""
        if not os.isatty(self._fd):
            return False
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return True  # not the terminal that controls us, so it does not stop us either

    def _ended(self, number: int, frame: FrameType | None) -> None:
        """Asked to end: the terminal first, then as without us."""
        self.loud()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
