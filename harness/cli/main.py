"""The command line: a table of commands, each loaded when it is called."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import resource
import shutil
import sys
import traceback
from io import StringIO
from textwrap import TextWrapper

import click

from harness import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Set the harness up in this repository."),
    "backlog": ("backlog", "What is to be done: add, list, drop, approve for the sprint."),
    "new": ("new", "Write a proposal to fill in."),
    "run": ("run", "Take a change through the pipeline."),
    "approve": ("decide", "Approve what waits for you."),
    "return": ("decide", "Send a change back to a step, with a comment."),
    "answer": ("decide", "Answer a role's question."),
    "rebase-spec": ("rebase", "Take over what develop changed under a change's deltas."),
    "abandon": ("decide", "End a change for good: your final no."),
    "consult": ("consult", "Ask the consultant; the meeting is minuted."),
    "accept": ("accept", "Accept a changed configuration or a weaker sandbox."),
    "stop": ("stop", "End the driver at the next safe point."),
    "status": ("status", "Where every change is, and what it waits for."),
    "show": ("show", "The timeline of a change."),
    "transcript": ("transcript", "Export the record of a change."),
    "replay": ("replay", "Replay a transcript offline and compare."),
    "verify": ("verify", "Check a finished change again, from git and its record alone."),
    "archive": ("archive", "Move a merged change's folder to the archive, on evidence."),
    "unarchive": ("archive", "Move a change's folder back from the archive."),
    "forget": ("forget", "Drop the refs and the record of a finished change."),
    "gate": ("gate", "Run gates on a commit, by hand or in a CI."),
    "review": ("review", "Review a branch that the team did not write."),
    "minutes": ("minutes", "Minute the sessions that have ended."),
    "release": ("release", "Bring develop to main; your own decision."),
    "doctor": ("doctor", "What this machine can do, and what raises it."),
    "tools": ("tools", "Install the Node packages that gates run on TypeScript."),
    "openspec": ("openspec", "OpenSpec's commands: new change, status, list, show, validate, archive, …"),
    "demo": ("demo", "A whole change on the packaged sample repository."),
}
"""name -> (module in this folder, one line of help)"""
NARROW = 40
"""Columns of a terminal below which breaking a sentence makes it no easier to read."""
COLLECT_AFTER = 20_000
"""Objects made, less those dropped, after which the collector looks for cycles among them."""


class Table(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
def group() -> None:
    """A virtual engineering team on your git repository: agents work, code enforces the gates, you decide."""


def cli() -> int:
    """Run a command; every error on purpose is one sentence on stderr and an exit code."""
    # what commands load stays until the end: looking through it every 700 objects finds nothing
    gc.set_threshold(COLLECT_AFTER)
    # a dump of this process, or of a child, would hold what it holds: the API key, the journal's text
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # a plugin of somebody's could change what an entry means, and looking for one takes as long as many a command
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    code = 0
    try:
        code = int(group.main(standalone_mode=False) or 0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Exception, KeyboardInterrupt) as error:
        text, code = _told(error)
        click.echo(_shown(text), err=True)
    if "anthropic" in sys.modules:
        # tearing 3,000 modules down takes longer than the whole exit may
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _told(error: BaseException) -> tuple[str, int]:
    """(what is said of an error, exit code)."""
    from harness.domain.display import indented
    from harness.errors import HarnessError

    if isinstance(error, click.exceptions.Abort):
        return "interrupted; nothing was lost", 130
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing was lost: run again to go on", 130
    if isinstance(error, click.ClickException):
        usage = StringIO()
        error.show(usage)
        return usage.getvalue().rstrip("\n"), 2
    if isinstance(error, HarnessError):
        return _folded(f"harness: {indented(str(error))}"), error.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "harness: the disk is full: nothing was lost; make room, then run again", 1
    return "".join(traceback.format_exception(error)).rstrip("\n"), 1


def _folded(text: str) -> str:
    """`text` broken between words where a terminal would break it anywhere; elsewhere it stays as it is."""
    if not sys.stderr.isatty():
        return text
    room = max(shutil.get_terminal_size().columns, NARROW)
    fold = TextWrapper(room, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(part for line in text.split("\n") for part in fold.wrap(line) or [""])


def _shown(text: str) -> str:
    """`text` as a terminal may see it: what came from elsewhere neither acts nor tells a secret."""
    from harness.domain.display import visible
    from harness.domain.secret import in_use, redacted

    return visible(redacted(text, in_use(os.environ)))
