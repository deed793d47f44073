"""Turns the assertions of JavaScript and TypeScript tests round: `expect(…)` and what assert modules export."""

from __future__ import annotations

import re

from harness.gates.javascript import lex
from harness.gates.jsassert import assertions, imported

EXPECT, ASSERT = "__turnedExpect", "__turnedAssert"
_PROLOGUE = """\
var __turned = 'the assertion holds, and was turned round';
function __turnedNot(e) {
  return new Proxy(e, { get(t, k) {
    if (k === 'not') return t;
    if (k === 'resolves' || k === 'rejects' || k === 'eventually') return __turnedNot(t[k]);
    const n = t.not;
    const v = n === undefined ? t[k] : n[k];
    return typeof v === 'function' ? v.bind(n === undefined ? t : n) : v;
  } });
}
function __turnedExpect(f) {
  return new Proxy(f, {
    apply(t, s, a) { return __turnedNot(Reflect.apply(t, s, a)); },
    get(t, k) { const v = t[k]; return k === 'soft' || k === 'poll' ? __turnedExpect(v) : v; },
  });
}
function __turnedAssert(f) {
  return new Proxy(f, {
    apply(t, s, a) {
      let r;
      try { r = Reflect.apply(t, s, a); } catch (e) { return undefined; }
      if (r && typeof r.then === 'function') return r.then(() => { throw new Error(__turned); }, () => undefined);
      throw new Error(__turned);
    },
    get(t, k) { const v = t[k]; return typeof v === 'function' && /^[a-z]/.test(String(k)) ? __turnedAssert(v) : v; },
  });
}
"""
_SUPERTEST = """\
(function (t) {
  if (!t || !t.prototype || t.prototype.__turned) return;
  const own = t.prototype.assert;
  t.prototype.__turned = true;
  t.prototype.assert = function (e, r, f) {
    return own.call(this, e, r, (bad, res) => f && f.call(this, bad ? null : new Error(__turned), res));
  };
})((__turnedSuper.default || __turnedSuper).Test);
"""


def inverted(text: str) -> str:
    """A file of tests with its assertions turned round."""
    code = lex(text)
    out, at = [], 0
    for row in assertions(code, 0, len(code.tokens), imported(code), frozenset()):
        first, token = row.start, code.tokens[row.start]
        if code.text(first - 1) in (".", "?."):
            # `t.assert.equal(…)`, `chai.assert(…)`: what is turned round is all in front of the method
            first -= 2 if code.kind(first - 2) == "name" and code.text(first - 3) != "." else 0
        start, end = code.tokens[first].at, token.at + len(token.text)
        lead = code.text(first - 1)
        if row.form == "other" or start < at or lead in (".", "?.", "import", "function"):
            continue
        out += [text[at:start], f"{EXPECT if row.form == 'expect' else ASSERT}({text[start:end]})"]
        at = end
    body = "".join([*out, text[at:]])
    module = bool(re.search(r"^\s*(?:import\b(?!\s*\()|export\b)", text, re.M))
    head, body = _head(body)
    prologue = _PROLOGUE
    if re.search(r"""["']supertest["']""", text):
        load = "import * as __turnedSuper from 'supertest';" if module else "var __turnedSuper = require('supertest');"
        prologue = f"{load}\n{prologue}{_SUPERTEST}"
    # hoisted, so that it is there for whatever the file does first
    return f"{head}// @ts-nocheck\n{prologue}{body}"


def _head(text: str) -> tuple[str, str]:
    """(what has to stay in front, the rest): a `#!` line, comments that steer the runner, 'use strict'."""
    match = re.match(
        r"(?:#![^\n]*\n)?(?:\s*/\*(?:[^*]|\*(?!/))*\*/\s*|\s*//[^\n]*\n)*(?:\s*['\"]use strict['\"];?[ \t]*\n)?", text
    )
    end = match.end() if match else 0
    return (text[:end] + ("" if text[:end].endswith("\n") or not end else "\n")), text[end:]
