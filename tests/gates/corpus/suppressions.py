"""Suppressions: none more than before, whether in comments or in settings."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.typescript import BASE, CONFIG

PYTHON = '[project]\nlanguage = "python"\n'
SHOP = {
    "shop/a.py": "import os  # noqa: F401\n\n\ndef f(x):  # type: ignore\n    return x\n",
    "shop/b.py": "B = 1\n",
    "pyproject.toml": '[tool.ruff.lint]\nselect = ["E"]\nignore = ["E501"]\n[tool.coverage.run]\nbranch = true\n',
    "setup.cfg": "[tool:pytest]\naddopts = --cov-fail-under=90\n",
}
LIMITS = "module.exports = { coverageThreshold: { global: { lines: 80 } } };\n"
STYLE = {
    **BASE, "src/a.ts": "// eslint-disable-next-line no-console\nconsole.log(1);\n", "jest.config.js": LIMITS,
    "eslint.config.js": "export default [{ rules: { 'no-var': 'error' } }];\n",
    ".c8rc.json": '{"check-coverage": true, "lines": 90}\n',
    "vitest.config.mts": "export default { test: { coverage: { thresholds: { 100: true } } } };\n",
}  # fmt: skip


def python(name: str, files: Files, rule: str = "", at: str = "") -> Delivery:
    """A delivery in Python."""
    return Delivery("suppressions", f"Python: {name}", files, SHOP, PYTHON, rule=rule, at=at)


def typescript(name: str, files: Files, rule: str = "", at: str = "") -> Delivery:
    """A delivery in TypeScript."""
    return Delivery("suppressions", name, files, STYLE, CONFIG, rule=rule, at=at, needs=("node",))


DELIVERIES = (
    typescript(
        "one moved, others only in texts",
        {
            "src/a.ts": "export const text = `// @ts-ignore /* istanbul ignore next */`;\n",
            "src/b.ts": '// eslint-disable-next-line no-console\nconsole.log("eslint-disable");\n',
        },
    ),
    typescript("a comment for the compiler", {"src/b.ts": "// @ts-ignore\nexport const b: string = 1;\n"},
               "suppressions-comment", "src/b.ts:1"),
    typescript("a line out of the coverage", {"src/b.ts": "export const f = 1;\n/* istanbul ignore next */\nf.x;\n"},
               "suppressions-comment", "src/b.ts:2"),
    typescript("a whole file out of the linter", {"src/a.ts": "/* eslint-disable */\nconsole.log(1);\n"},
               "suppressions-comment", "src/a.ts:1"),
    typescript("files and rules out of the linter",
               {"eslint.config.js": "export default [{ ignores: ['src/*'] }, { rules: { 'no-var': 'off' } }];\n"},
               "suppressions-settings", "eslint.config.js"),
    typescript("a script of the linter that always ends well",
               {"package.json": '{"name": "shop", "scripts": {"lint": "eslint src || true"}}\n'},
               "suppressions-settings", "package.json"),
    typescript("coverage may be less", {"jest.config.js": LIMITS.replace("80", "20")}, "suppressions-settings",
               "jest.config.js"),
    typescript("coverage is not checked any more", {".c8rc.json": '{"check-coverage": false, "lines": 90}\n'},
               "suppressions-settings", ".c8rc.json"),
    typescript("not everything has to be covered any more",
               {"vitest.config.mts": "export default { test: { coverage: { thresholds: { lines: 60 } } } };\n"},
               "suppressions-settings", "vitest.config.mts"),
    typescript("a rule in a group that is off",
               {"biome.json": '{"linter": {"rules": {"suspicious": {"noExplicitAny": "off"}}}}\n'},
               "suppressions-settings", "biome.json"),
    typescript("a comment for the formatter", {"src/b.ts": "// prettier-ignore\nexport const b=1;\n"},
               "suppressions-comment", "src/b.ts:1"),
    typescript("coverage leaves a folder out", {"package.json": '{"jest": {"coveragePathIgnorePatterns": ["/src/"]}}'},
               "suppressions-settings", "package.json"),
    python(
        "one moved to another file and narrowed, one in a text",
        {
            "shop/a.py": 'TEXT = """\n# noqa\n# type: ignore\n"""\n',
            "shop/c.py": "import os  # noqa: F401\n\n\ndef f(x):  # type: ignore[no-untyped-def, misc]\n    return x\n",
        },
    ),
    python("fewer than before", {"shop/a.py": "def f(x):\n    return x\n"}),
    python("settings that leave out what is no code",
           {"pyproject.toml": SHOP["pyproject.toml"] + 'omit = ["tests/*"]\n[tool.mypy]\nexclude = ["build/"]\n'}),
    python("settings for tests and for packages of others",
           {"pyproject.toml": SHOP["pyproject.toml"] + '[tool.ruff.lint.per-file-ignores]\n"tests/*" = ["S101"]\n'
            '[[tool.mypy.overrides]]\nmodule = ["tests.*", "boto3.*"]\ndisallow_untyped_defs = false\n'
            'ignore_errors = true\n'}),
    python("stricter ones, in another order",
           {"pyproject.toml": SHOP["pyproject.toml"].replace('["E"]', '[\n  "F", "E",\n]')
            + "[tool.mypy]\nstrict = true\n"}),
    *(
        python(f"a comment: {text}", {"shop/b.py": f"B = [1]  {text}\n"}, "suppressions-comment", "shop/b.py:1")
        for text in ("# fmt: skip", "# fmt: off", "# isort: skip_file", "# pylint: disable=all", "# mypy: strict=False",
                     "# pyrefly: ignore")
    ),
    python("coverage that may be less",
           {"setup.cfg": "[tool:pytest]\naddopts = --cov-fail-under=60\n"}, "suppressions-settings", "setup.cfg"),
    python("coverage that has to be more", {"setup.cfg": "[tool:pytest]\naddopts = --cov-fail-under=95\n"}),
    *(
        python(f"a setting: {text.splitlines()[-1]}", {"pyproject.toml": SHOP["pyproject.toml"] + text},
               "suppressions-settings", "pyproject.toml")
        for text in (
            '[[tool.mypy.overrides]]\nmodule = "shop.b"\ndisallow_untyped_defs = false\n',
            '[[tool.mypy.overrides]]\nmodule = ["shop.*"]\nignore_errors = true\n',
            '[tool.pyright]\ntypeCheckingMode = "off"\n',
        )
    ),
    python("a rule that is selected no more", {"pyproject.toml": SHOP["pyproject.toml"].replace('["E"]', '["E501"]')},
           "suppressions-settings", "pyproject.toml"),
    python("the same selection in a file of the linter's own",
           {"pyproject.toml": "[tool.coverage.run]\nbranch = true\n",
            "ruff.toml": '[lint]\nselect = ["E", "F"]\nignore = ["E501"]\n'}),
    python("a file of the linter's own, which takes the place of the base's",
           {"ruff.toml": '[lint]\nselect = ["E9"]\n'}, "suppressions-settings", "pyproject.toml"),
    python("a noqa more", {"shop/b.py": "import os  # noqa: F401\n\nB = 1\n"}, "suppressions-comment", "shop/b.py:1"),
    python("a narrow one made wide", {"shop/a.py": SHOP["shop/a.py"].replace("noqa: F401", "noqa")},
           "suppressions-comment", "shop/a.py:1"),
    python("no cover", {"shop/b.py": "def g():  # pragma: no cover\n    return 1\n"}, "suppressions-comment",
           "shop/b.py:1"),
    python("in a test", {"tests/test_b.py": "x = eval('1')  # nosec\n"}, "suppressions-comment", "tests/test_b.py:1"),
    python("coverage leaves a file out", {"pyproject.toml": SHOP["pyproject.toml"] + 'omit = ["shop/b.py"]\n'},
           "suppressions-settings", "pyproject.toml"),
    python("a setting of another file", {".coveragerc": "[report]\nexclude_lines =\n    no cover\n    return\n"},
           "suppressions-settings", ".coveragerc"),
    python("a rule ignored for a file",
           {"ruff.toml": '[lint.per-file-ignores]\n"shop/*" = ["F", "E"]\n'}, "suppressions-settings", "ruff.toml"),
)  # fmt: skip
