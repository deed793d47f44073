"""`harness release`: what is on record goes from develop to main, after the CTO's verdict and a decision of its own."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from tests.cli.conftest import Shell
from tests.cli.team import CHANGE, subject, verdict
from tests.cli.test_whole import merged, places
from tests.endpoint import Endpoint

__all__ = ["merged", "places"]


class Cto:
    """Approves a release, or returns it with `problem`."""

    def __init__(self, problem: str = "") -> None:
        self.problem, self.briefs = problem, list[str]()

    def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        self.briefs.append(request["messages"][0]["content"][0]["text"])
        given = verdict(list(Config().review.release), "README.md:1")
        if self.problem:
            given["input"]["criteria"][0]["answer"] = "not met"
            fix = {"path": "README.md", "line": 1, "problem": self.problem, "change": "Mend it."}
            given["input"] |= {"decision": "return", "to": "withheld", "summary": "Not yet.", "corrections": [fix]}
        return [given]


def release(sh: Shell, *words: str, cto: Cto | None = None, code: int = 0) -> str:
    with Endpoint(cto or Cto()) as endpoint:
        return sh.harness("release", *words, code=code, env={"ANTHROPIC_BASE_URL": endpoint.url})


def approve(sh: Shell, *words: str, run: str = "release~1") -> None:
    sh.harness("approve", run, "--digest", subject(sh.harness("status", run)), *words)


def channel(sh: Shell) -> str:
    return (sh.top / ".git/harness/channels/vpe-cto-approvals.md").read_text()


def test_a_release_waits_for_its_own_decision_and_is_confirmed(merged: Shell) -> None:
    cto = Cto()
    before = merged.git("rev-parse", "main")
    said = release(merged, cto=cto, code=3)
    assert "waiting for the CEO: release develop" in said
    assert f"docs: merge {CHANGE}" in cto.briefs[0] and "approved by" in cto.briefs[0]
    assert merged.git("rev-parse", "main") == before, "authorized is not done, and this is not even authorized"
    shown = merged.harness("status", "release~1")
    assert "harness approve release~1 --digest" in shown
    asked = merged.harness("approve", "release~1", code=4)
    line = rf"docs: merge {CHANGE} \([0-9a-f]+…\): change {CHANGE}, approved by Ada as [0-9a-f]+…, confirmed in msg #6"
    assert re.search(rf"^ +{line}$", asked, re.M), asked
    assert re.search(r"^ +docs\(.*\): record decisions, gates and minutes \([0-9a-f]+…\): record$", asked, re.M), asked
    approve(merged)
    facts = json.loads(release(merged, "--json"))
    assert facts["outcome"] == "released" and facts["version"] == "0.1.0"
    assert merged.git("rev-parse", "main") == facts["commit"] == merged.git("rev-parse", "v0.1.0^{commit}")
    assert merged.git("show", "-s", "--format=%P", "main").split() == [before, merged.git("rev-parse", "develop")]
    assert merged.git("rev-parse", "main^{tree}") == merged.git("rev-parse", "develop^{tree}")
    message = merged.git("show", "-s", "--format=%B", "main")
    assert re.search(rf"^Change: {CHANGE} [0-9a-f]{{64}} confirmed in msg #6$", message, re.M)
    assert facts["commits"][-2]["confirmation"] == 6
    assert "Approval-chain: " in message and "Version: 0.1.0" in message
    text = channel(merged)
    assert text.count("**Authorized**: release develop") == 1 and text.count(facts["commit"]) >= 1
    told = merged.harness("status", "release~1")
    assert "released, step 4 Release, 100 % done" in told and "release of develop at" in told
    assert "nothing new" in merged.harness("release")
    assert channel(merged) == text


def test_what_the_cto_returns_is_not_offered(merged: Shell) -> None:
    before = merged.git("rev-parse", "main")
    said = release(merged, cto=Cto("The notes say nothing."), code=1)
    assert "nothing was released" in said and "The notes say nothing. To do: Mend it." in said
    assert merged.git("rev-parse", "main") == before and "Authorized**: release" not in channel(merged)
    assert "waiting for the CEO" in release(merged, code=3), "the next one begins anew"
    assert "release~2" in merged.harness("status")


def test_the_release_goes_on_where_a_kill_came_between(merged: Shell) -> None:
    release(merged, code=3)
    approve(merged)
    merged.git("switch", "-q", "main")
    assert "--update-checkout" in release(merged, code=3), "a checked-out main is moved only with consent"
    assert not (merged.top / "harness.toml").exists()
    release(merged, "--update-checkout")
    assert (merged.top / "harness.toml").is_file() and merged.git("status", "--porcelain") == ""


def test_notes_go_under_their_version_and_the_version_follows_from_the_commits(merged: Shell) -> None:
    head = "# Changelog\n\n## [Unreleased]\n\n- the README says how to start\n\n## [0.9.0] - 2026-01-01\n\n- old\n"
    release_one(merged)
    merged.write("CHANGELOG.md", head)
    landed(merged, "feat: merge more", {"CHANGELOG.md": head})
    release(merged, "--update-checkout", code=3)
    shown = json.loads(merged.harness("status", "release~2", "--json"))
    assert "as 0.2.0" in shown["what"]
    approve(merged, run="release~2")
    release(merged, "--update-checkout")
    text = merged.git("show", "main:CHANGELOG.md")
    assert text.index("## [Unreleased]") < text.index("## [0.2.0] - ") < text.index("- the README says how")
    assert text.index("- the README says how") < text.index("## [0.9.0]")
    assert merged.git("rev-parse", "main^{tree}") == merged.git("rev-parse", "develop^{tree}")
    assert merged.git("tag", "--list").split() == ["v0.1.0", "v0.2.0"]


def accept(sh: Shell) -> None:
    """The CEO's word on a configuration that changed."""
    found = re.search(r"harness accept --digest ([0-9a-f]{64})|subject ([0-9a-f]{64})", sh.harness("accept", code=3))
    assert found
    sh.harness("accept", "--digest", found[1] or found[2])


def release_one(sh: Shell) -> None:
    release(sh, code=3)
    approve(sh)
    release(sh)


def landed(sh: Shell, header: str, files: dict[str, str]) -> None:
    """A merge on develop that names an approval which the journal holds."""
    known = sh.git("log", "-1", "--merges", "--format=%B", "--grep", "Approval-chain", "develop")
    trailers = known[known.index("Change: ") :]
    sh.git("switch", "-qC", "side", "develop")
    for path, text in files.items():
        sh.write(path, text)
    sh.git("add", "-A")
    sh.git("commit", "-qm", header.replace("merge ", ""))
    sh.git("switch", "-q", "develop")
    sh.git("merge", "-q", "--no-ff", "-m", f"{header}\n\n{trailers}", "side")
    sh.git("branch", "-qD", "side")


def test_fast_forward_by_configuration(merged: Shell) -> None:
    merged.git("branch", "-qf", "main", "develop~1^1")
    landed(merged, "feat: merge the mode", {"harness.toml": '[release]\nmode = "fast-forward"\n'})
    accept(merged)
    release_one(merged)
    assert merged.git("rev-parse", "main") == merged.git("rev-parse", "develop")


def test_a_develop_that_moved_after_the_approval_is_not_released(merged: Shell) -> None:
    landed(merged, "feat: merge notes", {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n- it says more\n"})
    release(merged, "--update-checkout", code=3)
    approve(merged)
    landed(merged, "fix: merge in between", {"b.txt": "b\n"})
    before = merged.git("rev-parse", "main")
    assert "moved after the approval" in release(merged, "--update-checkout", code=1)
    assert merged.git("rev-parse", "main") == before and "failure: develop moved" in channel(merged)


def test_exactly_the_approved_commit_is_released(merged: Shell) -> None:
    release(merged, code=3)
    approve(merged)
    seen = merged.git("rev-parse", "develop")
    landed(merged, "fix: merge in between", {"b.txt": "b\n"})
    release(merged)
    assert merged.git("rev-parse", "main^2") == seen


def test_what_nobody_approved_is_not_released(merged: Shell) -> None:
    merged.write("sneaked", "in\n")
    merged.git("add", "sneaked")
    merged.git("commit", "-qm", "chore: sneak in\n\nChange: x\nApproval: y")
    assert "1 commit on develop did not come through the harness" in (said := release(merged, code=4))
    assert "chore: sneak in" in said


def test_a_merge_that_only_claims_an_approval_is_not_released(merged: Shell) -> None:
    merged.git("switch", "-qc", "side", "develop~1")
    merged.write("sneaked", "in\n")
    merged.git("add", "sneaked")
    merged.git("commit", "-qm", "feat: sneak in")
    merged.git("switch", "-q", "develop")
    claim = f"feat: merge it\n\nChange: {CHANGE}\nApproved-by: Ada\nApproval: {'a' * 64}\nApproval-chain: {'b' * 64}"
    merged.git("merge", "-q", "--no-ff", "-m", claim, "side")
    assert "feat: merge it" in release(merged, code=4)


def test_a_confirmation_is_read_from_the_record_where_the_run_is_not_here(merged: Shell) -> None:
    merged.harness("forget", CHANGE, "--yes")
    release(merged, code=3)
    facts = json.loads(merged.harness("status", "release~1", "--json"))
    (row,) = (row for row in facts["about"]["contents"]["commits"] if row["kind"] == "change")
    assert row["confirmation"] == 6 and row["by"] == "Ada"


def test_a_configuration_that_was_accepted_is_on_record(merged: Shell) -> None:
    config = (merged.top / "harness.toml").read_text()
    for other, header in ((300, "chore: wait longer"), (400, "chore: wait even longer")):
        merged.write("harness.toml", f"{config}\n[latency]\nother = {other}\n")
        merged.git("commit", "-qam", header)
    said = release(merged, code=4)
    assert "chore: wait longer" in said and "chore: wait even longer" in said
    accept(merged)
    release(merged, code=3)
    kinds = {
        row["header"]: row["kind"]
        for row in json.loads(merged.harness("status", "release~1", "--json"))["about"]["contents"]["commits"]
    }
    assert kinds["chore: wait longer"] == kinds["chore: wait even longer"] == "configuration"
    approve(merged)
    release(merged)
    merged.write("harness.toml", f"{config}\n[latency]\nother = 500\n")
    merged.write("sneaked", "in\n")
    merged.git("add", "-A")
    merged.git("commit", "-qm", "chore: wait, and sneak in")
    accept(merged)
    assert "sneak in" in release(merged, code=4), "what was accepted is the configuration alone"


def test_work_that_only_main_has_stops_a_release(merged: Shell) -> None:
    merged.git("switch", "-q", "main")
    merged.write("hot", "fix\n")
    merged.git("add", "hot")
    merged.git("commit", "-qm", "fix: hot")
    merged.git("switch", "-q", "develop")
    assert "main has work that develop lacks; merge main into develop first" in release(merged, code=4)
    merged.git("merge", "-q", "--no-ff", "--no-commit", "main")
    merged.write("sneaked", "in\n")
    merged.git("add", "sneaked")
    merged.git("commit", "-qm", "chore: take main in, and more")
    assert "chore: take main in, and more" in release(merged, code=4), "what main does not have is on no record"
    merged.git("reset", "-q", "--hard", "HEAD^1")
    merged.git("merge", "-q", "--no-ff", "-m", "chore: take main in", "main")
    release(merged, code=3)
    assert "chore: take main in" in (asked := merged.harness("approve", "release~1", code=4)) and "): main" in asked


def test_main_is_made_where_it_is_missing(merged: Shell) -> None:
    merged.git("branch", "-qD", "main")
    release(merged, code=3)
    approve(merged)
    facts = json.loads(release(merged, "--json"))
    assert merged.git("rev-parse", "main") == facts["commit"]
    assert [row["kind"] for row in facts["commits"]] == ["set-up", "set-up", "change", "record"]


@pytest.mark.parametrize(
    ("version", "why"), [("next", "is no version"), ("1.0", "is no version"), ("0.1.0", "not above 0.1.0")]
)
def test_a_version_is_a_number_above_the_last(merged: Shell, version: str, why: str) -> None:
    release_one(merged)
    landed(merged, "fix: merge more", {"b.txt": "b\n"})
    assert why in release(merged, "--version", version, code=2)


def test_main_and_tag_are_pushed_to_the_remote(merged: Shell, tmp_path: Path) -> None:
    far = tmp_path / "far.git"
    subprocess.run(["git", "init", "-q", "--bare", str(far)], check=True)
    merged.git("remote", "add", "origin", str(far))
    landed(merged, "feat: merge the remote", {"harness.toml": '[git]\nremote = "origin"\n'})
    merged.git("push", "-q", "origin", "develop", "main")
    accept(merged)
    release_one(merged)
    there = subprocess.run(
        ["git", f"--git-dir={far}", "rev-parse", "main", "v0.1.0^{commit}"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert there == [merged.git("rev-parse", "main")] * 2
