"""What a run has cost: tries that may have been billed, and those that can't have been."""

from __future__ import annotations

from harness.domain.event import EVENT, Asked, Entry, Event, Tried
from harness.flow.spend import Spend

ASKED = Asked(key="k", kind="model", question="q", detail={"model": "m", "role": "cto", "reserve": 0.5})


def possibly(*events: Event) -> float:
    spend = Spend(lambda model, usage: None)
    for seq, event in enumerate(events):
        spend.add(Entry(seq=seq, at=0.0, event=event, hash=""))
    return spend.possibly


def test_a_try_counts_unless_nothing_reached_the_endpoint() -> None:
    lost = Tried(key="k", fault="the connection was lost", wait=1)
    refused = Tried(key="k", fault="nobody listens", wait=1, billable=False)
    assert possibly(ASKED, lost) == 0.5
    assert possibly(ASKED, refused, refused) == 0
    assert possibly(ASKED, refused, lost, lost) == 1.0


def test_a_try_of_an_earlier_version_may_have_been_billed() -> None:
    old = EVENT.validate_json('{"type":"tried","key":"k","fault":"x","wait":1.0,"usage":{}}')
    assert possibly(ASKED, old) == 0.5
