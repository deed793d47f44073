"""What gates found as JUnit XML: a gate is a test case, what failed a failure, what could not run an error."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.domain.display import visible
from harness.measuring import Measured, Measurement

_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document can hold, not even escaped."""


def junit(found: Measurement) -> str:
    """One suite; gates that were not asked are skipped, with the reason."""
    results = [row.result.result for row in found.rows]
    counts = {
        "tests": str(len(found.rows) + len(found.left_out)),
        "failures": str(results.count("failed")),
        "errors": str(results.count("could not run")),
        "skipped": str(len(found.left_out)),
        "time": f"{sum(row.seconds for row in found.rows):.3f}",
    }
    # of all suites together the format has everything but how many were skipped
    root = Element("testsuites", {"name": "harness", **{key: counts[key] for key in counts if key != "skipped"}})
    suite = SubElement(root, "testsuite", {"name": "gates", **counts})
    kept = SubElement(suite, "properties")
    for name, value in (("commit", found.span.head), ("tree", found.tree), ("base", found.span.base)):
        SubElement(kept, "property", {"name": name, "value": value})
    for row in found.rows:
        _case(suite, row)
    for gate, why in found.left_out.items():
        SubElement(_named(suite, gate, 0.0), "skipped", {"message": _text(why)})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _case(suite: Element, row: Measured) -> None:
    result = row.result
    case = _named(suite, result.gate, row.seconds)
    if not result.passed:
        kind = "failure" if result.result == "failed" else "error"
        told = SubElement(case, kind, {"type": result.result, "message": _text(result.reason)})
        lines = [str(finding) for finding in result.findings]
        told.text = _text("\n".join([*lines, *([f"and {result.more} more"] if result.more else [])] or [result.reason]))
    said = [f"{name}: {value}" for name, value in result.figures.items()]
    said += [f"let pass: {finding}" for finding in result.waived]
    if said:
        SubElement(case, "system-out").text = _text("\n".join(said))


def _named(suite: Element, gate: str, seconds: float) -> Element:
    return SubElement(suite, "testcase", {"classname": "harness.gates", "name": gate, "time": f"{seconds:.3f}"})


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", visible(text))
