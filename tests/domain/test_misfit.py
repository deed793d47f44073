"""What is wrong in a file is said with its place, what stands there and what has to: never in a library's words."""

from __future__ import annotations

import pytest

from harness.config import parse
from harness.domain.misfit import nearest
from harness.errors import Mistake
from harness.roles import parse as role

SAID = [
    (
        '[project]\nlanguage = "pyhton"',
        'project.language is "pyhton", but has to be "python" or "typescript"; without it, or with "javascript", the '
        "gates on code are not asked",
    ),
    ('[project]\nlang = "python"', "project.lang is unknown; did you mean project.language?"),
    ("[treshold]\nlines = 3", "[treshold] is unknown; did you mean [thresholds]?"),
    ('unit = "pytest"', "unit is unknown; did you mean commands.unit?"),
    ('[server]\nxyz = "a"', "server.xyz is unknown; [server] takes start, ready, timeout, seed, auth"),
    ("[thresholds]\nlines = 120", "thresholds.lines is 120, but has to be a number of at least 0 and below 100"),
    ("[latency]\nrounds = 1.5", "latency.rounds is 1.5, but has to be a whole number"),
    ('[setup]\nregistries = ["npm", "pip"]', 'value 2 of setup.registries is "pip", but has to be "npm" or "pypi"'),
    ('[services]\npostgres = "maybe"', 'services.postgres is "maybe", but has to be true or false'),
    ('project = "x"', 'project is "x", but has to be a table with name, language, environment, gates'),
    ("[commands.unit]\nrun = 1", 'commands.unit is a table, but has to be text in quotation marks, "..."'),
    ('[project]\ngates = "tests"', 'project.gates is "tests", but has to be a list of texts, ["...", "..."]'),
    ('[git]\ndevelop = "--evil"', 'git.develop is "--evil", but has to be the name of a branch'),
    ('[documents.map]\n"a.yaml" = 3', 'documents.map."a.yaml" is 3, but has to be a list of texts, ["...", "..."]'),
    ('[waivers]\nrule = "x"', "waivers is a table, but has to be a list of tables with rule, path, reason, expires"),
    (
        '[[waivers]]\nrule = "scope"\nreason = "as agreed on"\nexpires = "soon"',
        'expires of [[waivers]] number 1 is "soon", but has to be a date, such as 2027-03-31',
    ),
    (f'[release]\nmode = "{"x" * 100}"', f'release.mode is "{"x" * 59}…, but has to be "merge" or "fast-forward"'),
]


@pytest.mark.parametrize(("text", "told"), SAID, ids=[told.partition(",")[0] for _, told in SAID])
def test_a_mistake_in_the_configuration_is_one_sentence(text: str, told: str) -> None:
    with pytest.raises(Mistake) as mistake:
        parse(text)
    assert str(mistake.value) == f"harness.toml: {told}"


def test_mistakes_are_all_told_each_on_a_line_in_the_order_of_their_places() -> None:
    rows = "".join(f'[[waivers]]\nrule = "r"\nreason = "good enough"\nexpires = {day}\n' for day in ("1", "2", "3"))
    with pytest.raises(Mistake) as mistake:
        parse(f'[thresholds]\nlines = "many"\nfoo = 1\n{rows}[budget]\nchange = 0\n')
    assert str(mistake.value).split("\n") == [
        "harness.toml has 6 mistakes:",
        "budget.change is 0, but has to be a number above 0",
        "thresholds.foo is unknown; [thresholds] takes statements, branches, functions, lines",
        'thresholds.lines is "many", but has to be a number of at least 0 and below 100',
        *(f"expires of [[waivers]] number {n} is {n}, but has to be a date, such as 2027-03-31" for n in (1, 2, 3)),
    ]


def test_more_mistakes_than_a_screen_holds_are_counted() -> None:
    with pytest.raises(Mistake) as mistake:
        parse("".join(f"key{n} = 1\n" for n in range(14)))
    said = str(mistake.value).split("\n")
    assert (said[0], said[-1], len(said)) == ("harness.toml has 14 mistakes:", "and 4 more", 12)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "qa"\nmodels = "m"', "models is unknown; did you mean model?"),
        ("turns = 0", "turns is 0, but has to be a whole number above 0 and of at most 1000"),
        ('effort = "huge"', 'effort is "huge", but has to be "low", "medium", "high", "xhigh" or "max"'),
        ('name = "qa"', "tools is missing: it has to be a list of texts"),
        ('network = ["cargo"]', 'value 1 of network is "cargo", but has to be "npm" or "pypi"'),
    ],
)
def test_a_role_is_told_of_in_the_same_words(text: str, told: str) -> None:
    with pytest.raises(Mistake) as mistake:
        role("roles/qa.toml", text, ("bash",))
    assert str(mistake.value).startswith("roles/qa.toml has ") and told in str(mistake.value)


def test_a_tool_that_there_is_not_is_told_with_the_one_that_was_meant() -> None:
    text = 'name = "qa"\ntitle = "QA"\nemail = "qa@example.org"\nmodel = "m"\ntools = ["read_flie"]\n'
    with pytest.raises(Mistake, match=r"roles/qa\.toml: tools names 'read_flie', which is none; did you mean"):
        role("roles/qa.toml", text, ("bash", "read_file"))


@pytest.mark.parametrize(
    ("name", "near"), [("Lines", "lines"), ("line", "lines"), ("covrage", "coverage"), ("qqq", ""), ("", "")]
)
def test_what_was_meant_is_near_or_not_named(name: str, near: str) -> None:
    assert nearest(name, ("lines", "coverage", "branches")) == near
