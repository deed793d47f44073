"""Suites of jest in TypeScript, by the gates on tests: what runs as it should, and what jest is told to leave out."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files

CONFIG = (
    '[project]\nlanguage = "typescript"\n[commands]\nunit = "JEST_JUNIT_OUTPUT_DIR={out} jest --ci '
    "--reporters=jest-junit --coverage --coverageReporters=json-summary --coverageReporters=json "
    '--coverageDirectory={out}"\n'
)
SETTINGS = 'module.exports = { testEnvironment: "node", collectCoverageFrom: ["src/**/*.ts"] };\n'
BASE: dict[str, str] = {
    "package.json": '{"name": "shop", "private": true}\n',
    "babel.config.js": 'module.exports = { presets: ["@babel/preset-typescript"], '
    'plugins: ["@babel/plugin-transform-modules-commonjs"] };\n',
    "jest.config.js": SETTINGS,
    "src/total.ts": "export function total(prices: readonly number[]): number {\n"
    "  return prices.reduce((sum, price) => sum + price, 0);\n}\n",
    "tests/total.test.ts": 'import { total } from "../src/total";\n\ndescribe("total", () => {\n'
    '  it("adds up", () => {\n    expect(total([1, 2])).toBe(3);\n  });\n});\n',
}
MEAN = (
    "export class NoPrices extends Error {}\n\nexport const mean = (prices: readonly number[]): number => {\n"
    "  if (prices.length === 0) {\n    throw new NoPrices();\n  }\n"
    "  return prices.reduce((a, b) => a + b, 0) / prices.length;\n};\n"
)
TEST = """\
import { mean, NoPrices } from "../src/mean";
import * as sums from "../src/total";

jest.mock("../src/total", () => ({ total: jest.fn(() => 9) }));

describe("mean", () => {
  beforeEach(() => {
    jest.clearAllMocks();
  });

  test.each([
    [[1, 3], 2],
    [[5], 5],
  ])("of %j is %d", (prices, wanted) => {
    expect(mean(prices)).toBe(wanted);
  });

  it("of nothing is not there", () => {
    expect.assertions(1);
    try {
      mean([]);
    } catch (error: unknown) {
      expect(error).toBeInstanceOf(NoPrices);
    }
  });

  it("asks for no sum", (done) => {
    setTimeout(() => {
      expect({ mean: mean([2]), at: new Date(0) }).toMatchObject({ mean: 2, at: expect.any(Date) });
      expect(sums.total).not.toHaveBeenCalled();
      done();
    }, 1);
  });
});
"""
HALF = "export function half(n: number): number {\n  if (n > 2) {\n    return n / 2;\n  }\n  return n;\n}\n"
LATER = (
    'import { mean } from "../src/mean";\n\ndescribe("mean", () => {\n  it("is one", () => {\n'
    '    expect(mean([1])).toBe(1);\n  });\n  it("is caught", () => {\n%s  });\n});\n'
)
FAILING = 'test("fails", () => {\n  expect(1 + 2).toBe(4);\n});\n'


def _jest(gate: str, name: str, files: Files, rule: str = "", at: str = "") -> Delivery:
    return Delivery(
        gate, f"jest: {name}", files, BASE, CONFIG, rule=rule, at=at, needs=("node",), packages="jest"
    )  # fmt: skip


def _uncovered(name: str, files: Files, rule: str, at: str, settings: str = SETTINGS) -> Delivery:
    return _jest("coverage", name, {"jest.config.js": settings, **files}, rule, at)


_HONEST: Files = {"src/mean.ts": MEAN, "tests/mean.test.ts": TEST}
_SILENT = SETTINGS.replace("testEnv", 'setupFilesAfterEnv: ["<rootDir>/jest.setup.js"], testEnv')
_LEFT = SETTINGS.replace('"src/**/*.ts"', '"src/**/*.ts", "!src/half.ts"')

DELIVERIES = (
    *(_jest(gate, "mocks, rows, callbacks", _HONEST) for gate in ("tests", "coverage", "assertions", "reach")),
    _uncovered("a line that istanbul ignores", {"src/half.ts": "/* istanbul ignore next */\n" + HALF},
               "coverage-ignore", "src/half.ts:1"),
    _uncovered("a file that istanbul ignores", {"src/half.ts": "/* istanbul ignore file */\n" + HALF},
               "coverage-absent", "src/half.ts"),
    _uncovered("lines that c8 would ignore", {"src/half.ts": f"/* c8 ignore start */\n{HALF}/* c8 ignore stop */\n"},
               "coverage-ignore", "src/half.ts:1"),
    _uncovered("only what is covered is collected", {"src/half.ts": HALF}, "coverage-absent", "src/half.ts",
               SETTINGS.replace("src/**/*.ts", "src/total.ts")),
    _uncovered("a file is left out of what is collected", {"src/half.ts": HALF}, "coverage-absent", "src/half.ts",
               _LEFT),
    _uncovered("a limit of its own", {"src/half.ts": HALF}, "coverage-new", "src/half.ts",
               SETTINGS.replace("testEnv", "coverageThreshold: { global: { lines: 1 } }, testEnv")),
    _jest("tests", "a test fails", {"tests/bad.test.ts": FAILING}, "tests-failed", "tests/bad.test.ts:2"),
    _jest("tests", "a set-up whose expect asks nothing",
          {"tests/bad.test.ts": FAILING, "jest.config.js": _SILENT,
           "jest.setup.js": "global.expect = () => new Proxy({}, { get: () => () => {} });\n"}, "tests-canary"),
    _jest("tests", "a failing test is not run",
          {"tests/bad.test.ts": FAILING,
           "jest.config.js": SETTINGS.replace("testEnv", 'testPathIgnorePatterns: ["bad"], testEnv')},
          "tests-unrun", "tests/bad.test.ts"),
    _jest("tests", "only one is run",
          {"tests/bad.test.ts": FAILING + 'test.only("x", () => {\n  expect(1).toBe(1);\n});\n'},
          "tests-canary", "tests/bad.test.ts"),
    _jest("assertions", "an assertion that is caught",
          {"src/mean.ts": MEAN,
           "tests/mean.test.ts": LATER % "    try {\n      expect(mean([1])).toBe(7);\n    } catch {}\n"},
          "assertions-idle", "tests/mean.test.ts:7"),
    _jest("assertions", "an assertion that no CI asks",
          {"src/mean.ts": MEAN,
           "tests/mean.test.ts": LATER % "    if (process.env.CI) return;\n    expect(mean([1])).toBe(1);\n"},
          "assertions-none", "tests/mean.test.ts:7"),
    _jest("assertions", "a helper that asks nothing",
          {"src/mean.ts": MEAN,
           "tests/mean.test.ts": LATER % "    expectPrice(mean([1]));\n"
           + "function expectPrice(price: number): void {\n  void price;\n}\n"},
          "assertions-none", "tests/mean.test.ts:7"),
    _jest("regression", "a test that is only promised", {"tests/new.test.ts": 'test.todo("later");\n'
          + 'test("now", () => {\n  expect(String(1)).toBe("1");\n});\n'}, "regression-skips", "tests/new.test.ts:1"),
    _jest("regression", "an assertion of the base that is caught",
          {"tests/total.test.ts": BASE["tests/total.test.ts"].replace(
              "    expect(total([1, 2])).toBe(3);", "    try {\n      expect(total([1, 2])).toBe(3);\n    } catch {}")},
          "regression-weakened", "tests/total.test.ts:4"),
    _jest("reach", "a function that is only imported",
          {"src/mean.ts": MEAN, "tests/mean.test.ts": 'import { mean } from "../src/mean";\n\n'
           'test("there is one", () => {\n  expect(mean.name).toBe("mean");\n});\n'},
          "reach-untested", "src/mean.ts:3"),
)  # fmt: skip
