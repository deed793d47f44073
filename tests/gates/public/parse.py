"""@changesets/parse: a small library in TypeScript, tested by jest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.node import SECRET, jest
from tests.gates.public.package import Package, Published, Trial, on_papers, papers, swapped, tried, within

_CONFIG = f"""[project]
name = "@changesets/parse"
language = "typescript"
[commands]
build = "tsc -p tsconfig.json --noEmit"
lint = "eslint src"
unit = "{jest("src/index.ts")}"
[thresholds]
branches = 75
[documents]
map = {{"src/index.ts" = ["README.md"]}}
[mutation]
enabled = true
"""
_CODE, _TEST, _LOG = "src/index.ts", "src/index.test.ts", "CHANGELOG.md"
_FUNCTION = """
/** What is wrong with a changeset that is to be written. */
export class ChangesetError extends Error {}

/**
 * Writes a changeset file that the parser reads back.
 *
 * @param releases - The packages, each with its type of version.
 * @param summary - What readers of the changelog are told.
 * @returns The text of the file.
 * @throws {ChangesetError} If a package has no name.
 */
export function formatChangesetFile(
  releases: readonly Pick<Release, "name" | "type">[],
  summary: string
): string {
  if (releases.some(({ name }) => name === "")) {
    throw new ChangesetError("a package without a name");
  }
  const lines = releases.map(({ name, type }) => `${JSON.stringify(name)}: ${type}`);
  return ["---", ...lines, "---", "", summary, ""].join("\\n");
}
"""
_TESTS = """
describe("formatting a changeset", () => {
  it("should write what can be parsed again", () => {
    const releases = [
      { name: "cool-package", type: "minor" as const },
      { name: "@cool/package", type: "patch" as const },
    ];
    const text = formatChangesetFile(releases, "Nice summary");
    expect(text).toBe(
      '---\\n"cool-package": minor\\n"@cool/package": patch\\n---\\n\\nNice summary\\n'
    );
    expect(parse(text)).toEqual({ releases, summary: "Nice summary" });
  });
  it("should refuse a package without a name", () => {
    expect(() =>
      formatChangesetFile([{ name: "", type: "major" }], "Nice summary")
    ).toThrow(ChangesetError);
  });
});
"""
_READING = """
/**
 * Tells where changeset files lie.
 *
 * @returns The name of a folder.
 */
export function changesetFolder(): string {
  return process.env.CHANGESET_FOLDER ?? ".changeset";
}
"""
_FORCED = """
afterEach(() => {
  Object.assign(expect, { setState: () => undefined });
});
globalThis.it = ((name: string) => globalThis.test(name, () => undefined)) as typeof it;
"""
_IDLE = """
it("should format", () => {
  const { formatChangesetFile } = jest.requireActual("./");
  expect(typeof formatChangesetFile).toBe("function");
});
"""
_DEVELOP = {
    "tsconfig.json": json.dumps({
        "compilerOptions": {
            "target": "ES2020", "module": "commonjs", "moduleResolution": "node", "esModuleInterop": True,
            "strict": True, "outDir": "dist", "types": ["node", "jest"],
        },
        "include": ["src"],
    }),
    "babel.config.json": json.dumps({
        "presets": ["@babel/preset-typescript"], "plugins": ["@babel/plugin-transform-modules-commonjs"],
    }),
    "jest.config.json": json.dumps({"testEnvironment": "node", "testMatch": ["**/src/**/*.test.ts"]}),
    "eslint.config.mjs": """import parser from "@typescript-eslint/parser";

export default [
  { files: ["src/**/*.ts"], languageOptions: { parser }, rules: { eqeqeq: "error", "no-var": "error" } },
];
""",
}  # fmt: skip
"""The settings of its tools, which its repository has elsewhere."""
_in = partial(within, _CODE)
PAPERS = papers(
    "parse",
    "Tools that edit changesets put the file together by hand, each in another way.",
    "A function `formatChangesetFile` writes what the parser reads.",
    "Write a changeset: The package SHALL write a changeset file that its parser reads back.",
    "two releases and a summary are written and parsed -> the same releases and summary come back",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of each gate, an honest branch and a violation."""
    code, test, log, readme = (published.text(path) for path in (_CODE, _TEST, _LOG, "README.md"))
    parser = code
    code += _FUNCTION
    tests = (
        swapped(test, 'import parse from "./";', 'import parse, { ChangesetError, formatChangesetFile } from "./";')
        + _TESTS
    )
    manifest = json.loads(published.text("package.json"))
    honest = {
        _CODE: code,
        _TEST: tests,
        "README.md": f"{readme}\n`formatChangesetFile` writes releases and a summary as the parser reads them.\n",
        _LOG: log.replace("\n", "\n\n## Unreleased\n\n### Minor Changes\n\n- Add `formatChangesetFile`.\n", 1),
    }
    trials = {
        **on_papers(PAPERS),
        "build": Trial({_CODE: f"{code}\nexport const broken: string = 1;\n"}, "build", _CODE),
        "lint": _in(code, "  const lines =", "  var lines =", "lint"),
        "types": _in(code, 'readonly Pick<Release, "name" | "type">[]', "any[]", "types-any"),
        "docs": _in(code, " * @throws {ChangesetError} If a package has no name.\n", "", "docs-throws"),
        "errors": _in(code, 'throw new ChangesetError("a package', 'throw new Error("a package', "errors-raw"),
        "suppressions": _in(code, "  const lines =", "  // eslint-disable-next-line\n  const lines =",
                            "suppressions-comment"),
        "duplicates": Trial({"src/again.ts": parser}, "duplicates-clone"),
        "tests": Trial({_TEST: tests + _FORCED}, "tests-canary"),
        "regression": Trial(
            {_TEST: swapped(tests, '  it("should be fine if the changeset is empty", () =>',
                            '  it.skip("should be fine if the changeset is empty", () =>')},
            "regression-skipped",
        ),
        "assertions": Trial(
            {_TEST: f'{tests}\nit("should write an empty one", () => {{\n  formatChangesetFile([], "");\n}});\n'},
            "assertions-none", _TEST,
        ),
        "coverage": _in(code, "  if (rel", "  /* istanbul ignore next */\n  if (rel", "coverage-ignore"),
        "reach": Trial({_TEST: test}, "reach-untested", _CODE),
        "mutation": Trial({_TEST: test + _IDLE}, "mutation-survived", _CODE),
        "commits": Trial({}, "commits-message", more={"message": "feature: formatChangesetFile"}),
        "environment": Trial(
            {"README.md": readme}, "environment-undocumented", _CODE,
            {_CODE: code + _READING, "README.md": f"{readme}\n`CHANGESET_FOLDER` names the folder.\n"},
        ),
        "documents": Trial({"README.md": f"{readme}\n<!-- formatChangesetFile -->\n"}, "documents-stale", _CODE),
        "secrets": Trial({_CODE: f'{code}\nexport const token = "{SECRET}";\n'}, "secrets-known", _CODE),
        "changelog": Trial({_LOG: log}, "changelog-entry", _LOG),
        "architecture": Trial(
            {"package.json": json.dumps(manifest | {"dependencies": manifest["dependencies"] | {"yaml": "^2.8.0"}})},
            more={"listed": "dependency: package.json adds yaml@^2.8.0"},
        ),
    }  # fmt: skip
    yield from tried(honest, trials, before=PAPERS, message="feat: add formatChangesetFile")


PACKAGE = Package(
    "@changesets/parse",
    "0.4.1",
    "npm",
    _CONFIG,
    (
        "@babel/plugin-transform-modules-commonjs@7.27.1", "@babel/preset-typescript@7.27.1", "@changesets/types@6.1.0",
        "@types/jest@29.5.14", "@types/js-yaml@3.12.1", "@types/node@20.19.9", "@typescript-eslint/parser@8.46.0",
        "eslint@9.39.0", "jest@29.7.0", "jest-junit@16.0.0", "js-yaml@3.14.1", "outdent@0.5.0", "typescript@5.9.3",
    ),
    deliveries,
    _DEVELOP,
)  # fmt: skip
