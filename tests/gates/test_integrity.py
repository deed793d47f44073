"""What the gates on tests share: items that are accepted by name, runs that are shared, what can't be measured."""

from __future__ import annotations

import pytest

from harness.config import Config
from harness.gates import architecture, assertions, mutation, reach, regression, tests
from harness.openspec.lock import lock
from harness.ports import Subject
from harness.workspace.git import Git
from tests.gates.conftest import Stand
from tests.gates.double import Closed, PlainSandbox

UNIT = (
    "export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1; python -m pytest -q -p no:cacheprovider --junitxml={out}/unit.xml tests"
)
CONFIG = Config.model_validate({"project": {"language": "python"}, "commands": {"unit": UNIT}})
CODE = "def price(net):\n    return net + net * {} // 100\n"
TEST = (
    "from shop.price import price\n\n\ndef test_gross():\n    assert price(100) == {}\n\n\n"
    "def test_none():\n    assert price(0) == 0\n"
)
BASE: dict[str, str | bytes | None] = {
    "conftest.py": "", "shop/__init__.py": "",
    "shop/price.py": CODE.format(19), "tests/test_price.py": TEST.format(119),
}  # fmt: skip
NEW: dict[str, str | bytes | None] = {"shop/price.py": CODE.format(21), "tests/test_price.py": TEST.format(121)}
FOLDER = "openspec/changes/add-items"


def delta(section: str) -> dict[str, str | bytes | None]:
    return {
        f"{FOLDER}/proposal.md": "# Rate\n",
        f"{FOLDER}/tasks.md": "- [ ] 1 Do it\n",
        f"{FOLDER}/specs/prices/spec.md": f"## {section} Requirements\n\n### Requirement: Rate\n"
        "The shop SHALL add 21 %.\n",
    }


def brought(stand: Stand, files: dict[str, str | bytes | None], approved: bool = True) -> Subject:
    """The base's shop, and a branch that brings `files`."""
    base = stand.repo.commit(BASE, "chore: begin")
    head = stand.repo.commit(files)
    git = Git(stand.repo.path / ".git")
    sealed = lock(lambda path: git.read(head, path), git.paths(head), FOLDER, base)
    return stand.subject(CONFIG, base=base, entered=base, lock=sealed if approved else "")


def test_a_changed_test_of_a_modified_requirement_is_an_item(stand: Stand) -> None:
    subject = brought(stand, {**NEW, **delta("MODIFIED")})
    assert architecture.items(subject, stand.bench) == ["test: tests/test_price.py test_gross was changed"]
    result = regression.check(subject, stand.bench)
    assert result.passed, result.findings
    assert result.figures["to be accepted by name"] == 1


@pytest.mark.parametrize(("section", "approved"), [("ADDED", True), ("MODIFIED", False)])
def test_without_an_approved_modification_it_is_a_failure(stand: Stand, section: str, approved: bool) -> None:
    subject = brought(stand, {**NEW, **delta(section)}, approved)
    assert architecture.items(subject, stand.bench) == ["test: tests/test_price.py test_gross was changed"]
    (found,) = regression.check(subject, stand.bench).findings
    assert (found.rule, found.path) == ("regression-failed", "tests/test_price.py")
    assert "assert 121 == 119" in found.text, "what the test says is told"
    assert "test_gross passes on the base and fails" in found.text


def test_only_what_the_items_name_is_let_through(stand: Stand) -> None:
    broken = {**NEW, "shop/price.py": CODE.format(21).replace("net +", "1 + net +"), **delta("MODIFIED")}
    (found,) = regression.check(brought(stand, broken), stand.bench).findings
    assert "test_none" in found.text


def test_added_tests_are_no_items(stand: Stand) -> None:
    more = TEST.format(119) + "\n\ndef test_more():\n    assert price(200) == 238\n"
    subject = brought(stand, {"tests/test_price.py": more, **delta("MODIFIED")})
    assert architecture.items(subject, stand.bench) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (TEST.format(119).replace("price(100) == 119", "price(200) == 238"), True),
        (
            TEST.format(119).replace("    assert price(0) == 0", "    assert price(0) == 0\n    assert price(1) == 1"),
            False,
        ),
        (TEST.format(119).replace("assert price(100) == 119", "got = price(100)\n    assert (got == 119)"), True),
        (
            TEST.format(119).replace("def test_gross():", 'def test_gross(tmp_path: object) -> None:\n    "Gross."'),
            False,
        ),
        (TEST.format(119).replace("assert price(100) == 119", "return"), False),
    ],
)
def test_without_a_delta_what_is_no_finding_and_no_addition_is_accepted_by_name(
    stand: Stand, text: str, named: bool
) -> None:
    subject = brought(stand, {"tests/test_price.py": text})
    wanted = ["test: tests/test_price.py test_gross was changed"] if named else []
    assert architecture.items(subject, stand.bench) == wanted


def test_a_branch_against_itself_is_measured_as_a_whole(stand: Stand) -> None:
    head = stand.repo.commit({**BASE, "tests/test_empty.py": "def test_empty():\n    price = 1\n"})
    subject = stand.subject(CONFIG, base=head, entered=head)
    assert regression.check(subject, stand.bench).passed
    (found,) = assertions.check(subject, stand.bench).findings
    assert (found.rule, found.path, found.line) == ("assertions-none", "tests/test_empty.py", 1)


def test_runs_are_shared_between_gates(stand: Stand) -> None:
    test = "from shop.more import more\n\n\ndef test_more():\n    assert more(1) == 2\n"
    subject = brought(stand, {"shop/more.py": "def more(n):\n    return n + 1\n", "tests/test_more.py": test})
    assert isinstance(stand.bench.sandbox, PlainSandbox)
    before = len(stand.bench.sandbox.runs)
    for gate in (tests, regression, assertions):
        assert gate.check(subject, stand.bench).passed
    # the branch's and the base's own, one with planted tests, one turned round, one on the base's sources
    assert len(stand.bench.sandbox.runs) - before == 5


def test_a_test_that_is_not_collected_on_the_base_either_could_not_run(stand: Stand) -> None:
    only = Config.model_validate({"commands": {"unit": UNIT.replace("xml tests", "xml tests/test_price.py")}})
    base = stand.repo.commit(BASE)
    result = tests.check(stand.subject(only, base=base), stand.bench)
    assert result.result == "could not run"
    assert "let [commands] unit run every test file like it" in result.reason


def test_a_report_that_names_no_file_could_not_run(stand: Stand) -> None:
    shell = "echo '<testsuite><testcase name=\"a\"/></testsuite>' > {out}/a.xml"
    result = tests.check(stand.subject(Config.model_validate({"commands": {"unit": shell}})), stand.bench)
    assert result.result == "could not run"
    assert "[sources] tests" in result.reason


@pytest.mark.parametrize("gate", [regression, assertions, mutation])
@pytest.mark.parametrize(
    ("unit", "word"), [("no-such-program", "127"), ("", "no [commands] unit"), ("true", "ended with 0")]
)
def test_what_cannot_be_measured_could_not_run(stand: Stand, gate: object, unit: str, word: str) -> None:
    stand.repo.commit(BASE)
    subject = stand.subject(Config.model_validate({"commands": {"unit": unit}}))
    result = gate.check(subject, stand.bench)  # type: ignore[attr-defined]
    assert result.result == "could not run"
    assert word in result.reason


def test_preflight_says_what_is_missing() -> None:
    for gate in (regression, assertions, reach, mutation):
        assert gate.ready(Config(), Closed()) == "harness.toml has no [commands] unit"
        assert "nothing holds" in gate.ready(CONFIG, Closed())
