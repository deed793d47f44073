"""Waivers: what the base's configuration lets pass, for a time."""

from __future__ import annotations

import pytest

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.errors import Mistake
from harness.gates import changelog, commits, tests
from tests.gates.conftest import Stand

WAIVER = """
[[waivers]]
rule = "{rule}"
path = "{path}"
reason = "the release notes are written by hand"
expires = {expires}
"""


def waiving(rule: str, path: str = "", expires: str = "2999-01-01") -> Config:
    return parse(WAIVER.format(rule=rule, path=path, expires=expires))


def test_a_waived_finding_does_not_fail_the_gate_but_stays_on_the_result(stand: Stand) -> None:
    stand.repo.commit({"CHANGELOG.md": "# Changelog\n"})
    assert changelog.check(stand.subject(), stand.bench).result == "failed"
    result = changelog.check(stand.subject(waiving("changelog-entry", "**/*.md")), stand.bench)
    assert (result.result, result.findings, result.figures["waived"]) == ("passed", (), 1)
    (waived,) = result.waived
    assert (waived.rule, waived.path, waived.expires) == ("changelog-entry", "CHANGELOG.md", "2999-01-01")
    assert waived.reason == "the release notes are written by hand"
    assert GateResult.model_validate(result.model_dump(mode="json")) == result


@pytest.mark.parametrize(
    ("rule", "path", "expires"),
    [
        ("changelog-entry", "CHANGELOG.md", "2020-01-01"),
        ("changelog-entry", "docs/**", "2999-01-01"),
        ("changelog-entry", "", "2999-01-01"),
        ("changelog", "**", "2999-01-01"),
        ("changelog-missing", "CHANGELOG.md", "2999-01-01"),
    ],
)
def test_what_a_waiver_does_not_cover_counts(stand: Stand, rule: str, path: str, expires: str) -> None:
    """Expired, of another file, of a finding without one, and of another rule."""
    stand.repo.commit({"CHANGELOG.md": "# Changelog\n"})
    result = changelog.check(stand.subject(waiving(rule, path, expires)), stand.bench)
    assert (result.result, result.waived) == ("failed", ())


def test_a_finding_without_a_file_is_covered_by_a_waiver_without_a_path(stand: Stand) -> None:
    stand.repo.commit({"a.py": "x = 1\n"}, "Changed things.")
    config = waiving("commits-message")
    assert commits.check(stand.subject(), stand.bench).result == "failed"
    assert commits.check(stand.subject(config), stand.bench).result == "passed"
    assert commits.check(stand.subject(waiving("commits-message", "**")), stand.bench).result == "failed"


def test_the_others_still_fail_the_gate(stand: Stand) -> None:
    stand.repo.commit({"a.py": "x = 1\n"}, "Changed things.")
    stand.repo.commit({}, "feat: nothing")
    result = commits.check(stand.subject(waiving("commits-message")), stand.bench)
    assert result.result == "failed"
    assert [row.rule for row in result.findings] == ["commits-empty"]
    assert result.reason.startswith("1 finding, first: ")


def test_could_not_run_can_not_be_waived(stand: Stand) -> None:
    for rule in ("tests", "tests-none", "tests-failed"):
        assert tests.check(stand.subject(waiving(rule)), stand.bench).result == "could not run"


def test_a_result_without_waivers_is_written_as_before(stand: Stand) -> None:
    """Old records are compared byte by byte."""
    stand.repo.commit({"CHANGELOG.md": "# Changelog\n"})
    told = changelog.check(stand.subject(), stand.bench).model_dump(mode="json")
    assert "waived" not in told and "reused" not in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            'rule = "x"\nreason = "short"\nexpires = 2999-01-01',
            r"harness\.toml: .*\breason\b.*\[\[waivers\]\] number 1",
        ),
        (
            'rule = "x"\nreason = "            "\nexpires = 2999-01-01',
            r"harness\.toml: .*\breason\b.*\[\[waivers\]\] number 1",
        ),
        (
            'rule = ""\nreason = "long enough"\nexpires = 2999-01-01',
            r"harness\.toml: .*\brule\b.*\[\[waivers\]\] number 1",
        ),
        ('rule = "x"\nreason = "long enough"', r"harness\.toml: .*\bexpires\b.*\[\[waivers\]\] number 1"),
        (
            'rule = "x"\nreason = "long enough"\nexpires = "soon"',
            r"harness\.toml: .*\bexpires\b.*\[\[waivers\]\] number 1",
        ),
        (
            'rule = "x"\nreason = "long enough"\nexpires = 2999-01-01\nfile = "a"',
            r"harness\.toml: .*\bfile\b.*\[\[waivers\]\] number 1",
        ),
    ],
)
def test_a_malformed_waiver_is_a_mistake_of_the_configuration(wrong: str, said: str) -> None:
    with pytest.raises(Mistake, match=said):
        parse(f"[[waivers]]\n{wrong}\n")
