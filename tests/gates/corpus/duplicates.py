"""Duplicates: code that is one of a kind, and copies in disguise."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files

PYTHON = '[project]\nlanguage = "python"\n'
TYPESCRIPT = '[project]\nlanguage = "typescript"\n'
BODY = """\
def total(items, rate):
    found = 0
    for item in items:
        if item.price > 10 and item.count != 3:
            found += item.price * item.count * rate
        elif item.price < 0:
            raise ValueError(item.price)
        else:
            found -= item.discount or 0
    print(found, rate, len(items), sorted(items))
    return found
"""
OTHER = (
    BODY.replace("item.price > 10 and item.count != 3", "item.heavy").replace("rate", "tax").replace("total", "tax_of")
)
RENAMED = BODY
for _old, _new in {"total": "sum_up", "items": "orders", "item": "order", "rate": "factor", "found": "result"}.items():
    RENAMED = RENAMED.replace(_old, _new)
ROUTE = """\
import { Router } from "express";
import { check } from "./check";
import { find, keep } from "./store";
import { log, trace } from "./log";
import { answer, refuse, redirect, stream } from "./answer";
import { Item, Order, Customer, Address } from "./types";
import { parse, format, compare } from "./dates";

export const %(name)s = Router();
%(name)s.get("/%(name)s/:id", async (request, response, next) => {
  try {
    answer(response, await find(%(kind)s, request.params.id));
  } catch (error) {
    next(error);
  }
});
"""
COPY = """\
export function page(rows: Row[], size: number, at: number): Page {
  const first = size * Math.max(at - 1, 0);
  const kept = rows.slice(first, first + size).filter((row) => !row.hidden);
  const more = rows.length > first + size;
  if (kept.length === 0 && at > 1) {
    return { rows: [], more: false, at: 1, size };
  }
  return { rows: kept, more, at, size };
}
"""
_PARSER = '''\
def parser_{0}(sub):
    """Options of {0}."""
    parser = sub.add_parser("{0}", help="{1}")
    parser.add_argument("--{2}", type=int, default={3}, help="{4}")
    parser.add_argument("--{5}", action="store_true", help="{6}")
    parser.add_argument("name", nargs="?", help="{7}")
    parser.set_defaults(run=run_{0})
    return parser
'''
PARSERS = (
    _PARSER.format("add", "Add it", "count", "1", "how many", "dry", "only say", "its name"),
    _PARSER.format("drop", "Drop it", "most", "9", "at most", "force", "in any case", "which"),
)
_HANDLER = """\
async def {0}(request, session):
    row = await session.get({1}, request.path["{2}"])
    if row is None:
        return refuse(404, "{3}")
    if row.owner != request.user:
        return refuse(403, "{4}")
    await session.{0}(row)
    return answer(row.{5})
"""
HANDLERS = (
    _HANDLER.format("drop", "Item", "item", "no item", "not yours", "id"),
    _HANDLER.format("touch", "Order", "order", "no order", "not allowed", "number"),
)
SHOP = {"shop/a.py": "import os\n\n\n" + BODY, "shop/b.py": "B = 1\n"}
WEB = {"src/list.ts": 'import type { Row, Page } from "./types";\n\n' + COPY}


def python(name: str, files: Files, rule: str = "", at: str = "", base: Files = SHOP, config: str = "") -> Delivery:
    """A delivery in Python."""
    return Delivery("duplicates", f"Python: {name}", files, base, PYTHON + config, rule=rule, at=at)


def typescript(name: str, files: Files, rule: str = "", at: str = "") -> Delivery:
    """A delivery in TypeScript."""
    return Delivery("duplicates", name, files, WEB, TYPESCRIPT, rule=rule, at=at)


DELIVERIES = (
    python("code of its own", {"shop/b.py": "B = 1\n\n\n" + OTHER}),
    python("older copies, one of them moved and mended in both places",
           {"shop/b.py": None, "shop/c.py": "C = 1\n" + BODY.replace("!= 3", "!= 4"),
            "shop/a.py": BODY.replace("!= 3", "!= 4"), "shop/d.py": "D = 1\n"},
           base={**SHOP, "shop/c.py": "C = 1\n" + BODY}),
    python("tests look like each other", {"tests/test_a.py": BODY, "tests/test_b.py": BODY}),
    typescript("routes of one shape with the same imports",
               {f"src/{name}.ts": ROUTE % {"name": name, "kind": name.title()} for name in ("items", "orders")}),
    python("a copy beside a setting that switches the tool off",
           {"shop/b.py": BODY, ".jscpd.json": '{"ignore": ["**/*"], "minTokens": 9000}\n'},
           "duplicates-clone", "shop/b.py:1"),
    python("a copy between marks to ignore it", {"shop/b.py": f"# jscpd:ignore-start\n{BODY}# jscpd:ignore-end\n"},
           "duplicates-clone", "shop/b.py"),
    python("a copy with other names", {"shop/new/sums.py": "S = 2\n\n\n" + RENAMED}, "duplicates-clone",
           "shop/new/sums.py"),
    python("a copy with other names and two other values",
           {"shop/c.py": RENAMED.replace("> 10", "> 25").replace("!= 3", "!= 7")}, "duplicates-clone", "shop/c.py"),
    python("a copy with one other value", {"shop/c.py": BODY.replace("> 10", "> 25")}, "duplicates-clone", "shop/c.py"),
    python("options of one shape with texts of their own", {"shop/c.py": "\n\n".join(PARSERS)}),
    python("handlers of one shape", {"shop/c.py": "\n\n".join(HANDLERS)}),
    python("a third copy", {"shop/c.py": BODY}, "duplicates-clone", base={**SHOP, "shop/b.py": BODY}),
    python("a lower threshold", {"shop/b.py": "\n".join(BODY.splitlines()[:5])}, "duplicates-clone", "shop/b.py",
           config="[duplicates]\nlines = 3\ntokens = 25\n"),
    typescript("a copy in another folder, with comments between",
               {"lib/pages.ts": COPY.replace("  const more", "  // whether there is more\n  const more")},
               "duplicates-clone", "lib/pages.ts"),
    typescript("a copy with other names and values",
               {"src/find.ts": COPY.replace("page(", "search(").replace("first", "begin").replace("kept", "shown")
                .replace("at > 1", "at > 2").replace("at: 1", "at: 2")},
               "duplicates-clone", "src/find.ts"),
    typescript("a copy in the same file", {"src/list.ts": WEB["src/list.ts"] + COPY.replace("page(", "pages(")},
               "duplicates-clone", "src/list.ts"),
)  # fmt: skip
