"""zod: a large library in TypeScript, tested by vitest; what is measured is its core and the tests of `zod/mini`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, papers, swapped, tried, within

_CODE, _TEST = "src/v4/core/util.ts", "src/v4/mini/tests/index.test.ts"
_CONFIG = """[project]
name = "zod"
language = "typescript"
[sources]
paths = ["src/v4/core/util.ts", "src/v4/core/more.ts"]
tests = ["src/v4/mini/tests/*.test.ts"]
[commands]
lint = "eslint src/v4/core"
unit = "npx vitest run --reporter=junit --outputFile={out}/unit.xml \
--coverage --coverage.clean=false --coverage.reportsDirectory={out}"
[thresholds]
statements = 40
branches = 35
functions = 40
lines = 40
"""
_DEVELOP = {
    "vitest.config.mjs": """import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export default {
  resolve: {
    alias: [
      { find: /^zod\\/(v4-)?mini$/, replacement: at("./src/v4/mini/index.ts") },
      { find: /^zod\\/v4$/, replacement: at("./src/v4/index.ts") },
      { find: /^zod\\/v3$/, replacement: at("./src/v3/index.ts") },
      { find: /^zod\\/v4\\/core$/, replacement: at("./src/v4/core/index.ts") },
    ],
  },
  test: {
    include: ["src/v4/mini/tests/*.test.ts"],
    coverage: {
      provider: "istanbul",
      include: ["src/v4/core/util.ts", "src/v4/core/more.ts"],
      reporter: ["json-summary", "json"],
    },
  },
};
""",
    "tsconfig.json": json.dumps({
        "compilerOptions": {
            "target": "ES2020", "module": "NodeNext", "moduleResolution": "NodeNext", "strict": True, "types": ["node"],
            "exactOptionalPropertyTypes": False, "lib": ["ES2022", "DOM"],
        },
        "include": ["src/v4/core/*.ts"],
    }),
    "eslint.config.mjs": """import parser from "@typescript-eslint/parser";

export default [{ files: ["src/**/*.ts"], languageOptions: { parser }, rules: { "no-var": "error" } }];
""",
}  # fmt: skip
"""The settings of its tools, which its repository has elsewhere."""
_FUNCTION = """
/**
 * Counts the characters of a text that two code units stand for.
 *
 * @param text - Any text.
 * @returns How many there are.
 * @throws {$ZodUnpairedError} If a code unit of a pair stands alone.
 */
export function countPairs(text: string): number {
  let found = 0;
  for (const character of text) {
    if (/^[\\ud800-\\udfff]$/.test(character)) {
      throw new $ZodUnpairedError("half a pair");
    }
    found += character.length - 1;
  }
  return found;
}

/** What is wrong with a text that holds half a pair. */
export class $ZodUnpairedError extends Error {}
"""
_TESTS = """
test("countPairs", () => {
  expect(util.countPairs("ab\\u{1f600}c\\u{1f601}")).toBe(2);
  expect(util.countPairs("")).toBe(0);
  expect(() => util.countPairs("a\\ud83d")).toThrow(util.$ZodUnpairedError);
});
"""
_IDLE = """
test("countPairs twice", () => {
  util.countPairs("ab");
});
"""
_IMPORT = 'import { expect, expectTypeOf, test } from "vitest";\n'
_in = partial(within, _CODE)
PAPERS = papers(
    "text",
    "A length in code units tells users another number than they see.",
    "A function `countPairs` counts the characters that take two code units.",
    "Count pairs: The library SHALL count the characters that take two code units.",
    "a text has two of them -> the answer is two",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gates on code and unit tests, an honest branch and a violation."""
    util, test = published.text(_CODE), published.text(_TEST)
    code = util + _FUNCTION
    tests = swapped(test, _IMPORT, f'{_IMPORT}import * as util from "../../core/util.js";\n') + _TESTS
    honest = {_CODE: code, _TEST: tests}
    trials = {
        "lint": _in(code, "  let found = 0;", "  var found = 0;", "lint"),
        "types": _in(code, "countPairs(text: string)", "countPairs(text: any)", "types-any"),
        "docs": _in(code, " * @returns How many there are.\n", "", "docs-returns"),
        "errors": _in(code, 'throw new $ZodUnpairedError("half', 'throw new Error("half', "errors-raw"),
        "suppressions": _in(code, "  let found = 0;", "  // @ts-ignore\n  let found = 0;", "suppressions-comment"),
        "duplicates": Trial(
            {"src/v4/core/more.ts": util[util.index("export function pick") : util.index("export function merge(a")]},
            "duplicates-clone",
        ),
        "tests": Trial({_TEST: f"{tests}\ntest.only('alone', () => {{\n  expect(1).toBe(1);\n}});\n"}, "tests-failed"),
        "regression": Trial({"src/v4/mini/tests/brand.test.ts": None}, "regression-removed"),
        "assertions": Trial({_TEST: tests + _IDLE}, "assertions-none", _TEST),
        "coverage": Trial({_TEST: test}, "coverage-new", _CODE),
        "reach": Trial({_TEST: test}, "reach-untested", _CODE),
    }  # fmt: skip
    yield from tried(honest, trials, message="feat: count pairs of code units", before=PAPERS)


PACKAGE = Package(
    "zod", "4.1.12", "npm", _CONFIG,
    (
        "@types/node@20.19.9", "@typescript-eslint/parser@8.46.0", "@vitest/coverage-istanbul@3.2.4", "eslint@9.39.0",
        "typescript@5.9.3", "vitest@3.2.4",
    ),
    deliveries, _DEVELOP,
)  # fmt: skip
