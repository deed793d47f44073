"""Makes docs/run.svg: a real screen of a real `harness demo` at a terminal. Needs tmux.

`make picture` runs the demo in a terminal of its own, approves at both gates, looks at the screen twice a
second, and keeps the screen that shows the most gates.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
WIDTH, HEIGHT = 118, 32
SECONDS = 900
ANSWERS = (("move it together with its files? (yes / no) >", "yes"), (" / look / later >", "approve"))
ELSEWHERE = re.compile(r"@font-face \{.*?\}\s*|<!-- .*? -->\s*", re.DOTALL)
"""What a picture would load from, or say of, somebody else's site."""


class Terminal:
    """A terminal that a program runs in, and nobody else sees."""

    def __init__(self, socket: Path, program: str) -> None:
        self._tmux = ("tmux", "-S", str(socket), "-f", os.devnull)
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        subprocess.run(
            [*self._tmux, "new-session", "-d", *size, f"{program}; echo; echo THE END; sleep 60"], check=True
        )

    def screen(self) -> str:
        """The screen as it is, with its colours."""
        shown = subprocess.run([*self._tmux, "capture-pane", "-e", "-p"], capture_output=True, text=True, check=True)
        return shown.stdout

    def type(self, text: str) -> None:
        subprocess.run([*self._tmux, "send-keys", text, "Enter"], check=True)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=True)


def plain(screen: str) -> list[str]:
    """The lines of a screen without colours; empty ones at the end left out."""
    return Text.from_ansi(screen).plain.rstrip().splitlines()


def worth(screen: str) -> int:
    """How much of a run a screen shows: gates under way count most."""
    lines = plain(screen)
    foot = [line for line in lines if line.startswith("  gate ")]
    return 0 if not any(line.startswith("1✓") for line in lines) else 10 * len(foot) + len(lines)


def watch(terminal: Terminal) -> str:
    """The best screen of the run; SystemExit when the demo does not end well in time."""
    best, asked, until = "", [""], time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(0.5)
        screen = terminal.screen()
        best = max(best, screen, key=worth) if best else screen
        lines = plain(screen)
        if "THE END" in lines:
            return best
        last = lines[-1].rstrip() if lines else ""
        answer = next((word for prompt, word in ANSWERS if last.endswith(prompt)), "")
        if answer and lines != asked:
            asked = lines
            terminal.type(answer)
    raise SystemExit(f"the demo did not end in {SECONDS} s; its last screen:\n" + "\n".join(plain(screen)))


def drawn(screen: str) -> str:
    """The screen as SVG, in whatever monospaced font the reader has."""
    lines = Text.from_ansi("\n".join(screen.rstrip().splitlines()))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(lines, no_wrap=True, overflow="crop")
    made = console.export_svg(title="harness demo")
    return "\n".join(line.rstrip() for line in ELSEWHERE.sub("", made).splitlines()) + "\n"


def main() -> int:
    """Write the picture; 0."""
    program = " ".join(shlex.quote(word) for word in (sys.executable, "-m", "harness", "demo", *sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(Path(folder) / "tmux", program)
        try:
            best = watch(terminal)
        finally:
            terminal.close()
    (HERE / "run.svg").write_text(drawn(best), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
