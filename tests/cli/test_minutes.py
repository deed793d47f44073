"""harness minutes: what ended and was decided without minutes of its own, in a real repository."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Shell
from tests.cli.team import CHANGE, subject
from tests.cli.test_accept import typed
from tests.cli.test_whole import copied, places  # noqa: F401


def written(said: str, sh: Shell) -> str:
    """The text of the minutes that a command says it wrote."""
    path = re.findall(r"minutes: (TBC/minutes/\S+\.md)", said)[0]
    return sh.git("show", f"develop:{path}")


def test_what_waits_and_what_was_abandoned_is_minuted_once(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["waiting"], tmp_path)
    assert "is checked out" in sh.harness("minutes", code=3)
    text = written(sh.harness("minutes", "--update-checkout"), sh)
    assert text.startswith(f"# TBC-MIN-001: sessions of {CHANGE}\n")
    assert re.search(rf"^- {CHANGE}, session 1, .*: waiting for the CEO: .* \[entries \d+ to \d+\]$", text, re.M)
    assert re.search(
        rf"^- {CHANGE}: to be done: implement {CHANGE} as specified, owner: the CEO \[entry \d+\]$", text, re.M
    )
    assert "nothing to minute" in sh.harness("minutes")
    sh.harness(
        "return", CHANGE, "--digest", subject(sh.harness("status", CHANGE)), "--to", "design", "--comment", "no\n## x"
    )
    assert f"in no minutes yet: what ended of {CHANGE}; `harness minutes`" in sh.harness("status")
    said = sh.harness("abandon", CHANGE, "--yes")
    assert "not in the minutes yet, `harness minutes` writes them: develop is checked out" in said
    text = written(sh.harness("minutes", "--update-checkout"), sh)
    assert text.startswith("# TBC-MIN-002:") and "return to design, by Ada: no ## x [entry" in text
    assert f"over: {CHANGE} is abandoned" in text and "- nothing was driven" in text and "Ada (CEO)" in text
    assert "nothing to minute" in sh.harness("minutes") and "minutes" not in sh.harness("status")


def test_an_abandoned_change_is_minuted_at_its_end(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["waiting"], tmp_path)
    sh.git("switch", "-q", "--detach")
    text = written(sh.harness("abandon", CHANGE, "--yes", "--comment", "we do it by hand"), sh)
    assert f"over: {CHANGE} is abandoned" in text and "session 1" in text and "by Ada: we do it by hand [entry" in text
    assert "nothing to minute" in sh.harness("minutes")


def test_a_gap_in_the_numbers_stays_and_other_files_have_none(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["waiting"], tmp_path)
    for name in ("TBC-MIN-042-2026-01-01.md", "TBC-MIN-99-notes.md", "notes-TBC-MIN-120-2026-01-01.md", "TBC-MIN-x.md"):
        sh.write(f"TBC/minutes/{name}", "# By hand\n")
    sh.git("add", "TBC")
    sh.git("commit", "-qm", "docs: minutes by hand")
    text = written(sh.harness("minutes", "--update-checkout"), sh)
    assert text.startswith("# TBC-MIN-100:"), "what looks like a number is one, whatever comes after it"


def test_one_that_is_abandoned_at_the_prompt_is_minuted_as_well(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["waiting"], tmp_path)
    sh.git("switch", "-q", "--detach")
    seen = typed(sh, ["run", CHANGE], {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, "abandon\n")
    assert "minutes: TBC/minutes/TBC-MIN-001-" in seen
    assert "nothing to minute" in sh.harness("minutes")


def test_a_merged_change_has_its_own(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["merged"], tmp_path)
    assert "nothing to minute" in sh.harness("minutes")
    names = sh.git("ls-tree", "-r", "--name-only", "develop", "openspec/changes/archive")
    assert f"-{CHANGE}/record/sessions.md" in names
