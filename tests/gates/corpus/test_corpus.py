"""Every delivery is judged as it should be. The table is printed at the end of the run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gates.corpus.bed import judge
from tests.gates.corpus.catalogue import DELIVERIES
from tests.gates.corpus.delivery import Delivery, Need

ALL = os.environ.get("HARNESS_CORPUS") == "all"
"""`make corpus` asks for the deliveries that take long, too."""
CHOSEN = [each for each in DELIVERIES if ALL or not each.long]
HAVE: dict[Need, Callable[[], bool]] = {
    "node": lambda: bool(shutil.which("node")),
    "postgres": lambda: any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or bool(shutil.which("postgres")),
    "redis": lambda: bool(shutil.which("redis-server")),
}


@pytest.mark.parametrize("delivery", CHOSEN, ids=[f"{each.gate}: {each.name}" for each in CHOSEN])
def test_a_delivery_is_judged_as_it_should_be(
    delivery: Delivery, record_property: Callable[[str, object], None]
) -> None:
    for need in delivery.needs:
        if not HAVE[need]():
            pytest.skip(f"{need} is not installed")
    began = time.monotonic()
    judged = judge(delivery)
    kind = "beyond" if delivery.beyond else "honest" if delivery.honest else "defective"
    fault = delivery.beyond if delivery.beyond and judged.fault else judged.fault
    record_property("corpus", [delivery.gate, delivery.name, kind, fault, time.monotonic() - began])
    assert delivery.beyond or not judged.fault, judged.fault


def test_every_gate_has_honest_and_defective_deliveries() -> None:
    gates = {each.gate for each in DELIVERIES}
    for gate in gates:
        own = [each for each in DELIVERIES if each.gate == gate]
        assert sum(each.honest for each in own) >= 3, gate
        assert sum(bool(each.rule or each.listed) for each in own) >= 3, gate
