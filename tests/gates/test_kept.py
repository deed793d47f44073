"""What results of gates are found again by, and that only so many are kept."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from harness.config import parse
from harness.domain.gate import GateResult
from harness.gates import kept
from harness.gates.kept import Kept, basis
from harness.ports import Subject
from tests.gates.conftest import Stand

WAIVED = '[[waivers]]\nrule = "changelog-entry"\nreason = "written by hand"\nexpires = {}\n'


def test_every_part_of_the_question_counts(stand: Stand) -> None:
    """Two subjects have the same key only where nothing differs that a gate may look at."""
    first = stand.subject()
    stand.repo.commit({"a.py": "x = 1\n"})
    usual = stand.subject()
    others = [
        replace(usual, base=usual.head),
        replace(usual, entered=usual.head),
        replace(usual, head=first.head),
        replace(usual, tree=first.tree),
        replace(usual, lock="1" * 64),
        replace(usual, spec=first.head),
        replace(usual, living=first.head),
        replace(usual, tip=first.head),
        replace(usual, writes=lambda path: "no"),
        replace(usual, config=parse("[thresholds]\nlines = 90\n")),
        replace(usual, config=parse(WAIVED.format("2999-01-01"))),
        replace(usual, config=parse(WAIVED.format("2020-01-01"))),
        replace(usual, change=usual.change.model_copy(update={"kind": "docs"})),
    ]
    assert {field.name for field in fields(usual)} <= {name for each in others for name in differing(usual, each)}
    keys = [basis("lint", each, stand.bench, "here") for each in (usual, *others)]
    keys += [basis("build", usual, stand.bench, "here"), basis("lint", usual, stand.bench, "elsewhere")]
    assert len(set(keys)) == len(keys)
    assert basis("lint", stand.subject(), stand.bench, "here") == keys[0]


def differing(one: Subject, other: Subject) -> set[str]:
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


def test_a_path_that_is_no_text_has_a_key(stand: Stand) -> None:
    stand.repo.commit({"b\udce4d.py": "x = 1\n"})
    assert basis("scope", stand.subject(), stand.bench, "here")


def test_only_so_many_are_kept(stand: Stand, tmp_path: Path) -> None:
    subject = stand.subject()
    result = GateResult(
        gate="lint", result="passed", commit=subject.head, tree=subject.tree, config=subject.config.digest
    )
    store = Kept(tmp_path / "results", lambda name: True)
    for number in range(kept.MOST + 5):
        store.put(f"{number:064}", result)
    assert len(list((tmp_path / "results").iterdir())) == kept.MOST
    found = store.get(f"{kept.MOST + 4:064}", subject)
    assert found is not None and found.reused and found.passed
    assert store.get(f"{kept.MOST + 4:064}", replace(subject, tree="1" * 40)) is None


def test_a_folder_that_can_not_be_written_loses_nothing_but_the_result(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    subject = stand.subject()
    store = Kept(tmp_path / "results", lambda name: True)
    store.put("1" * 64, GateResult(gate="lint", result="passed"))
    assert store.get("1" * 64, subject) is None
