"""The backlog as a file that people edit: what is read, what is named as nonsense, and that nothing else is touched."""

from __future__ import annotations

import random

import pytest

from harness.domain.event import Sprint
from harness.errors import Mistake, Refused
from harness.flow.backlog import added, dropped, marked, read, ticked
from harness.flow.sprint import Proposal, reopened, scope, subject

SAMPLE = """# Backlog

<!-- - [ ] not-an-item: in a comment
- [ ] nor-this: either
-->
- [ ] first: what it is for
  - a note

  another note
* [x] second (fix)
+ [ ] third (docs): said: twice (as other-name)

```
- [ ] fenced: not an item
```
---
Some prose.
"""


def names(text: str | bytes) -> list[str]:
    return [item.name for item in read(text.encode() if isinstance(text, str) else text).items]


def test_items_are_read_as_they_stand() -> None:
    first, second, third = read(SAMPLE.encode()).items
    assert (first.name, first.text, first.notes, first.last) == (
        "first",
        "what it is for",
        "- a note\n\nanother note",
        8,
    )
    assert (second.kind, second.done, second.text) == ("fix", True, "")
    assert (third.kind, third.text, third.change) == ("docs", "said: twice", "other-name")
    assert read(SAMPLE.encode()).problems == ()


def test_a_name_may_stand_in_backticks() -> None:
    (item,) = read(b"- [ ] `add-tags` (fix): what for (as other)\n").items
    assert (item.name, item.kind, item.text, item.change) == ("add-tags", "fix", "what for", "other")
    assert read(b"- [ ] `add-tags: what for\n").items == ()


def test_what_a_change_takes_up_is_ticked_and_nothing_else() -> None:
    rest = b"* [ ] `three`\n- [ ] one-more\n- [?] one\n```\n- [ ] one\n"
    data = b"\xef\xbb\xbf- [ ] one: x [ ]\r\n- [ ] two: y (as one)\n" + rest
    done = b"\xef\xbb\xbf- [x] one: x [ ]\r\n- [x] two: y (as one)\n" + rest
    assert ticked(data, "one") == done and ticked(done, "one") == done
    assert b"* [x] `three`" in ticked(data, "three")
    assert ticked(b"- [ ] one (as other)\n", "one") == b"- [ ] one (as other)\n", "another change took it up"
    assert ticked(data, "absent") == data and ticked(b"\0", "one") == b"\0"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- nothing in front", "line 3: '- nothing in front' is no item"),
        ("- [ ] Capital Name: x", "is no item; write `- [ ] its-name: what it is for`"),
        ("- [?] odd-box: x", "is no item"),
        ("- [ ] known: again", "line 3: known stands in the backlog already"),
        ("- [ ] " + "x" * 5000, "is no item"),
        ("- [ ]" + " " * 100_000 + "x", "is no item"),
    ],
)
def test_nonsense_is_named_by_its_line_and_the_rest_is_kept(line: str, said: str) -> None:
    found = read(f"- [ ] known: x\n\n{line}\n- [ ] later: y\n".encode())
    assert [item.name for item in found.items] == ["known", "later"]
    assert len(found.problems) == 1 and said in found.problems[0]


def test_bytes_that_are_no_text() -> None:
    assert "line 1" in read(b"- [ ] a\xff: x\n- [ ] good: x\n").problems[0]
    assert names(b"\xff\xfe prose\n- [ ] good: x\n") == ["good"]
    with pytest.raises(Mistake, match="UTF-8"):
        read("- [ ] wide: x".encode("utf-16"))


def test_an_item_is_added_behind_the_last_one() -> None:
    assert added(b"# B\n\n- [ ] a: x\n  note\n\nEnd.\n", "b", "y") == b"# B\n\n- [ ] a: x\n  note\n- [ ] b: y\n\nEnd.\n"
    assert added(b"# B\n", "b", " y \t z ", "fix") == b"# B\n- [ ] b (fix): y z\n"
    assert added(b"- [ ] a: x", "b", "y") == b"- [ ] a: x\n- [ ] b: y\n"
    assert added(b"", "b", "y") == b"- [ ] b: y\n"


def test_line_ends_and_the_mark_of_byte_order_stay() -> None:
    old = b"\xef\xbb\xbf- [ ] a: x\r\n- [x] b: y\r\n"
    assert added(old, "c", "z") == old + b"- [ ] c: z\r\n"
    assert marked(old, "a", "a-change") == b"\xef\xbb\xbf- [ ] a: x (as a-change)\r\n- [x] b: y\r\n"
    assert dropped(old, "a") == (b"\xef\xbb\xbf- [x] b: y\r\n", "- [ ] a: x")
    assert names(old) == ["a", "b"]


@pytest.mark.parametrize("text", ["", "  ", "a\x1b[31mb", "x <!-- y", "x (as other)", "x" * 1001])
def test_a_text_that_would_not_be_read_back_is_refused(text: str) -> None:
    with pytest.raises(Mistake):
        added(b"", "b", text)


def test_nothing_is_added_where_it_would_not_count() -> None:
    with pytest.raises(Mistake, match="close it first"):
        added(b"# B\n<!-- for ever\n", "a", "x")


def test_what_is_refused_says_why() -> None:
    with pytest.raises(Refused, match="already"):
        added(b"- [ ] a: x\n", "a", "y")
    with pytest.raises(Mistake, match="it has a"):
        dropped(b"- [ ] a: x\n", "b")
    with pytest.raises(Refused, match="ticked"):
        marked(b"- [x] a: x\n", "a", "c")
    with pytest.raises(Refused, match="taken up by d"):
        marked(b"- [ ] a: x (as d)\n", "a", "c")
    assert marked(b"- [ ] a: x (as c)\n", "a", "c") == b"- [ ] a: x (as c)\n"


PIECES = (
    b"- [ ] %s: what\r\n", b"- [x] %s\n", b"* [ ] %s (fix): so\n", b"  note\n", b"\n", b"\r\n", b"prose \xff\n",
    b"- nonsense\n", b"<!-- a comment -->\n", b"```\n- [ ] in-a-fence: x\n```\n", "  \u2028 odd\x0b\n".encode(),
)  # fmt: skip


def test_everything_that_is_not_touched_stays() -> None:
    rng = random.Random(7)
    for _ in range(500):
        rows = [
            (piece % f"item-{n}".encode() if b"%s" in piece else piece)
            for n, piece in enumerate(rng.choices(PIECES, k=rng.randint(0, 12)))
        ]
        data = (b"\xef\xbb\xbf" if rng.random() < 0.2 else b"") + b"".join(rows)
        if rng.random() < 0.3:
            data = data.rstrip(b"\r\n")
        more = added(data, "new-one", "it is new")
        assert names(more) == [*names(data), "new-one"]
        back, gone = dropped(more, "new-one")
        assert gone == "- [ ] new-one: it is new"
        assert back.rstrip(b"\r\n") == data.rstrip(b"\r\n") and back.startswith(data)
        for name in names(data):
            kept, _ = dropped(data, name)
            assert names(kept) == [other for other in names(data) if other != name]


def approval(text: str, proposals: dict[str, Proposal]) -> Sprint:
    items = scope(read(text.encode()).items, proposals)
    known = tuple(sorted(proposals))
    return Sprint(subject=subject(items, known), items=items, known=known, message=1)


def test_a_sprint_stands_while_its_scope_does() -> None:
    text = "- [ ] a: one\n- [ ] b: two (as change-b)\n"
    was = {"change-b": Proposal("d1", 0, False)}
    sprint = approval(text, was)

    def now(text: str, **proposals: Proposal) -> list[str]:
        there = {"change-b": was["change-b"], **{name.replace("_", "-"): each for name, each in proposals.items()}}
        return reopened(sprint, 100.0, read(text.encode()), there)

    assert now(text) == []
    assert now(text, a=Proposal("first", 0, False)) == []
    assert now(text.replace("one", "one (as take-a)"), take_a=Proposal("first", 0, False)) == []
    assert now(text.replace("one", "more")) == ["a says something else in the backlog than what was approved"]
    assert now("- [ ] b: two (as change-b)\n") == ["a is in the backlog no more"]
    assert now(text, change_b=Proposal("d2", 0, False)) == ["change-b has another proposal than at the approval"]
    assert now(text, a=Proposal("first", 101.0, False)) == ["a has another proposal than at the approval"]
    assert now(text, a=Proposal("first", 99.0, False)) == []
    assert now(text, other=Proposal("x", 0, False)) == ["other was proposed after the approval, and is not in it"]
    assert now(text, other=Proposal("x", 0, True)) == []
    assert now("- [ ] a: one\n", change_b=Proposal("", 0, True)) == []
