"""Types: code that compiles strictly, and what switches the compiler off."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.typescript import SETTINGS, bad, good

TOTAL = """\
import type { Item } from "./store";

/**
 * What items cost together.
 *
 * @param items - The items.
 * @returns The sum of their prices.
 */
export function total(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.price, 0);
}
"""
LOOSE = SETTINGS.replace('"target"', '"strict": false, "noImplicitAny": false, "target"').replace(
    "}}", '}, "files": ["src/store.ts"]}'
)
MONOREPO = {
    "tsconfig.base.json": SETTINGS,
    "tsconfig.json": '{"files": [], "references": [{"path": "./packages/core"}, {"path": "./packages/app"}]}\n',
    "package.json": '{"private": true, "workspaces": ["packages/*"]}\n',
    "packages/core/package.json": '{"name": "@shop/core", "main": "dist/index.js", "types": "dist/index.d.ts"}\n',
    "packages/core/tsconfig.json": '{"extends": "../../tsconfig.base.json", "compilerOptions": {"composite": true, '
    '"rootDir": "src", "outDir": "dist"}, "include": ["src"]}\n',
    "packages/core/src/index.ts": "export const unit = 5;\n",
    "packages/app/package.json": '{"name": "@shop/app", "dependencies": {"@shop/core": "*"}}\n',
    "packages/app/tsconfig.json": '// of the application\n{"extends": "../../tsconfig.base.json", "references": '
    '[{"path": "../core"}], "include": ["lib"],}\n',
    "packages/app/lib/main.ts": "export const zero = 0;\n",
}
PYTHON = '[project]\nlanguage = "python"\n'
SHOP = {
    "src/shop/__init__.py": "",
    "src/shop/item.py": '"""Items."""\n\n\nclass Item:\n    """An item."""\n\n    price: int = 0\n',
}
SUM = (
    '"""Sums."""\n\nfrom shop.item import Item\n\n\ndef total(items: list[Item]) -> int:\n    """The sum."""\n'
    "    return sum(item.price for item in items)\n"
)


def wrong(name: str, text: str, rule: str, line: int, path: str = "src/shop/total.py", **more: str) -> Delivery:
    """A wrong file in Python."""
    files = {path: text, **more}
    return Delivery("types", f"Python: {name}", files, SHOP, PYTHON, rule=rule, at=f"{path}:{line}")


ODD = "src/shop/caf\udce9.py"
"""A name that is Latin-1."""

DELIVERIES = (
    Delivery(
        "types", "Python: a name that is no UTF-8", {ODD: '"""Nothing."""\n'}, SHOP, PYTHON, rule="types-name",
        at="src/shop/caf\\udce9.py",
    ),
    Delivery(
        "types", "Python: beside an old name that is no UTF-8", {"src/shop/total.py": SUM},
        {**SHOP, ODD: '"""Nothing."""\n'}, PYTHON,
    ),
    Delivery(
        "types", "Python: a wrong file beside an old name that is no UTF-8",
        {"src/shop/total.py": SUM.replace("-> int", "-> str")}, {**SHOP, ODD: '"""Nothing."""\n'}, PYTHON,
        rule="types-mypy", at="src/shop/total.py:8",
    ),
    good("types", "a typed function", {"src/total.ts": TOTAL}),
    good(
        "types", "JSON with a type, a narrowed value, a thrown unknown",
        {
            "src/read.ts": 'import { readFileSync } from "node:fs";\n\ninterface Saved {\n  name: string;\n}\n\n'
            "export function read(path: string): Saved | undefined {\n  try {\n"
            '    const saved: Saved = JSON.parse(readFileSync(path, "utf8"));\n    return saved;\n'
            "  } catch (error: unknown) {\n    if (error instanceof SyntaxError) {\n      return undefined;\n    }\n"
            "    throw error;\n  }\n}\n\n// as any wish: nobody writes @ts-ignore\n"
            'export const words = "as any, eslint-disable" as const;\n',
            "src/total.test.ts": "const loose: any = 1;\nexport default loose;\n",
        },
    ),
    good(
        "types", "a package of a monorepo that imports another",
        {"packages/app/lib/two.ts": 'import { unit } from "@shop/core";\n\nexport const two = (): number => unit;\n'},
        MONOREPO,
    ),
    good(
        "types", "beside older faults, in a project without settings",
        {"lib/b.ts": "export const b = (n: number): number => n + 1;\n", "lib/a.ts": "\n\nexport const a: any = 1;\n"},
        {"lib/a.ts": "export const a: any = 1;\n"},
    ),
    bad("types", "any in a generic", TOTAL.replace("readonly Item[]", "Array<any>"), "types-any", 9),
    bad("types", "a cast to never",
        TOTAL.replace("return items.", "const sum = items as never;\n  return sum ?? items."), "types-disguise", 10),
    bad(
        "types", "a cast through unknown, settings made loose",
        TOTAL.replace("return items.", "const sum = items as unknown as number;\n  return sum ?? items."),
        "types-disguise", 10, more={"tsconfig.json": LOOSE},
    ),
    bad(
        "types", "left out of the settings and not strict", TOTAL.replace("items: readonly Item[]", "items"),
        "types-tsc", 9, more={"tsconfig.json": LOOSE},
    ),
    bad(
        "types", "errors expected away",
        TOTAL.replace("  return items", '  // @ts-expect-error it works\n  const n: number = "1";\n  return n + items'),
        "types-suppressed", 10,
    ),
    bad(
        "types", "the rule disabled", "// eslint-disable-next-line @typescript-eslint/no-explicit-any\n" + TOTAL,
        "types-suppressed", 1,
    ),
    bad(
        "types", "a file whose name is an option", "export const it: any = 1;\n", "types-any", 1,
        path="--config=src/x.ts", more={"x.ts": "export default [];\n"},
    ),
    bad("types", "an unused local", TOTAL.replace("  return", "  const rest = 1;\n  return"), "types-tsc", 10),
    bad("types", "JSON of any", "export const it = 1;\nconst x = JSON.parse('{}');\nx();\n", "types-disguise", 2),
    bad(
        "types", "a variable of type unknown between a type and a cast",
        TOTAL.replace("return items.", "const held: unknown = items;\n  const sum = held as number;\n"
                      "  return sum + items."),
        "types-disguise", 11,
    ),
    bad("types", "a function that casts what it is given to any type",
        "export const sure = <T>(value: unknown): T => value as T;\n", "types-disguise", 1),
    good(
        "types", "JSON where there is JavaScript alone",
        {"lib/a.js": "export function size(text) {\n  const value = JSON.parse(text);\n  return value.size;\n}\n"},
        {"lib/a.js": "export const a = 1;\n"},
    ),
    bad("types", "a member of JSON", "export const it = (s: string): number => JSON.parse(s).a.b;\n",
        "types-disguise", 1),
    bad("types", "a member of JSON in brackets", "export const it = (s: string): number => (JSON.parse(s))['a'];\n",
        "types-disguise", 1),
    bad("types", "JSON by another name", "const parse = JSON.parse;\nexport function it(s: string): number {\n"
        "  const x = parse(s);\n  return x.y.z;\n}\n", "types-disguise", 3),
    bad("types", "a member of JSON taken apart", "const { parse: read } = JSON;\n"
        "export const it = (s: string): number => read(s).a;\n", "types-disguise", 2),
    good(
        "types", "JSON by another name, with a type; bodies of requests",
        {
            "src/body.ts": "interface Request {\n  body: { name: string };\n}\n"
            "const parse: (text: string) => unknown = JSON.parse;\nconst read = JSON.parse;\n"
            "export function size(text: string): number {\n  const value = parse(text);\n"
            "  const saved: number[] = read(text);\n  return Array.isArray(value) ? value.length : saved.length;\n}\n"
            "export const name = (request: Request): string => request.body.name;\n"
            "export const first = (text: string): string => (JSON.parse(text) as string[])[0] ?? ``;\n",
        },
    ),
    bad(
        "types", "written in JavaScript", "export function total(items) {\n  return items.length;\n}\n",
        "types-javascript", path="src/total.js",
        more={"src/total.d.ts": "export function total(items: unknown[]): number;\n"},
    ),
    bad(
        "types", "a module declared as anything", 'declare module "prices";\n', "types-disguise", 1,
        path="src/prices.d.ts",
    ),
    Delivery("types", "Python: a typed module of a package", {"src/shop/total.py": SUM}, SHOP, PYTHON),
    Delivery(
        "types", "Python: scripts beside each other, a package without types, keywords of any kind",
        {
            "service/main.py": "import nowhere\nfrom store import Store\n\n\nclass Main(nowhere.Base):\n"
            "    def run(self) -> Store:\n        return Store(**self.options())\n\n"
            "    def options(self) -> dict[str, object]:\n        found: dict[str, object] = nowhere.find()\n"
            "        return found\n",
            "service/store.py": "class Store:\n    def __init__(self, *args: object, **options: object) -> None:\n"
            "        self.options = args, options\n",
        },
        {"service/old.py": "def f(a):\n    return a\n"}, PYTHON,
    ),
    Delivery(
        "types", "Python: newer syntax, tests without types",
        {
            "app/shapes.py": "def first(items: list[int]) -> int:\n    match items:\n        case [one, *_]:\n"
            "            return one\n        case _:\n            return 0\n",
            "tests/test_shapes.py": "def test_first():\n    assert True\n",
        },
        {}, PYTHON,
    ),
    Delivery(
        "types", "Python: JSON as it comes",
        {
            "src/shop/read.py": "import json\nfrom collections.abc import Mapping\nfrom dataclasses import dataclass\n"
            "from typing import Any\n\nRow = dict[str, Any]\n\n\n@dataclass\nclass Saved:\n    rows: list[Any]\n"
            "    more: Mapping[str, Any] | None = None\n\n\ndef read(text: str) -> Row:\n"
            "    value: dict[str, Any] = json.loads(text)\n    return value\n",
        },
        SHOP, PYTHON,
    ),
    wrong("a field of Any", "from typing import Any, NamedTuple\n\n\nclass Bag(NamedTuple):\n    data: Any\n",
          "types-any", 5),
    wrong("a local of Any", "import typing as t\n\n\ndef f(a: str) -> int:\n    held: t.Optional[t.Any] = a\n"
          "    return len(held or '')\n", "types-any", 5),
    wrong("Any in quotes, in a choice", 'from typing import Any\n\nheld: "int | Any" = 1\n', "types-any", 3),
    wrong("a choice with Any by another name",
          "from typing import Any, Union\n\nIt = Union[int, Any]\n\n\ndef f(a: It) -> It:\n    return a\n",
          "types-disguise", 3),
    wrong("without annotations", SUM.replace("(items: list[Item]) -> int", "(items)"), "types-mypy", 6),
    wrong("Any", "from typing import Any\n\n\ndef f(a: Any) -> None:\n    print(a)\n", "types-any", 4),
    wrong("Any by another name", "import typing as t\n\nIt = t.Any\n\n\ndef f(a: It) -> It:\n    return a\n",
          "types-disguise", 3),
    Delivery(
        "types", "Python: what type checkers see and what they don't, with one name for both",
        {
            "src/shop/lazy.py": "from typing import TYPE_CHECKING, cast\n\nif TYPE_CHECKING:\n"
            "    from decimal import Decimal\n\n    class Base:\n        rate: Decimal\nelse:\n\n    class Base:\n"
            "        pass\n\n\nif not TYPE_CHECKING:\n\n    def __getattr__(name):\n"
            "        raise AttributeError(name)\n\n\ndef text(value: object) -> str:\n"
            "    return cast(str, value) + str(getattr(value, 'name', ''))\n",
        },
        SHOP, PYTHON,
    ),
    Delivery(
        "types", "Python: typed code that calls older code without types",
        {"src/shop/new.py": "from shop.old import add\n\n\ndef twice(n: int) -> int:\n    return int(add(n, n))\n"},
        {**SHOP, "src/shop/old.py": "def add(a, b):\n    return a + b\n"}, PYTHON,
    ),
    wrong("a cast to Any, both by other names",
          "from typing import Any as It, cast as to\n\n\ndef f(a: int) -> str:\n    return str(to(It, a).b)\n",
          "types-disguise", 5),
    wrong("a class out of the checks",
          "from typing import no_type_check as plain\n\n\n@plain\nclass Box:\n    def f(self, a: int) -> str:\n"
          "        return a\n", "types-disguise", 5),
    wrong("where no type checker looks", "from typing import TYPE_CHECKING\n\nif not TYPE_CHECKING:\n\n"
          "    def f(a, b):\n        return a + b\n", "types-disguise", 5),
    wrong("a bare type: ignore", SUM.replace("in items)", "in items)  # type: ignore"), "types-suppressed", 8),
    wrong("checks switched off in the file", "# mypy: ignore-errors\n" + SUM.replace("-> int", ""),
          "types-suppressed", 1),
    wrong(
        "settings of its own", SUM.replace(" -> int", ' -> "Nothing"'), "types-mypy", 6,
        **{"mypy.ini": "[mypy]\nignore_errors = True\n"},
    ),
)  # fmt: skip
