"""Variables that the code reads: documented in some way, and read in every way without a word."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_PY = '[project]\nlanguage = "python"\n'
_TS = '[project]\nlanguage = "typescript"\n'
_GATE, _RULE = "environment", "environment-undocumented"


def _python(name: str, text: str, line: int, more: dict[str, str] | None = None) -> Delivery:
    """Python that reads something new, undocumented."""
    files = {"app/settings.py": text, **(more or {})}
    return Delivery(_GATE, name, files, config=_PY, rule=_RULE, at=f"app/settings.py:{line}")


def _asked(name: str, path: str, text: str, line: int) -> Delivery:
    """A script, Dockerfile or compose file that asks for something new, undocumented."""
    return Delivery(_GATE, name, {path: text}, config=_PY, rule=_RULE, at=f"{path}:{line}")


_DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM python:3.12-slim AS build
ARG VERSION=1.0
ENV APP_HOME=/srv/app PATH="/opt/bin:${PATH}"
ENV PYTHONUNBUFFERED 1
WORKDIR ${APP_HOME}
RUN set -eux; arch="$(dpkg --print-architecture)"; . /etc/os-release; \\
    for f in a b; do echo "$f ${arch} $VERSION_CODENAME"; done; echo "$1 $@ $? $$ ${VERSION%.*} \\$NONE"
CMD ["sh", "-c", "exec python -m shop --port ${PORT:-8000}"]
"""
_SHELL = """\
#!/usr/bin/env bash
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly OUT="${here}/out"
usage() { local NAME=$1; echo "usage: $0 $NAME ${2:-x} $# $*" >&2; }
while getopts "a:b" OPT; do case "$OPT" in a) FLAG="$OPTARG";; esac; done
for FILE in "$@"; do echo "$FILE ${FILE##*/}"; done
read -r LINE REST < /dev/null || true
mapfile -t ROWS < /dev/null
printf -v STAMP '%s' now
export BUILD_DIR=/tmp/x
cat <<'EOF'
$NOT_EXPANDED ${NOR_THIS}
EOF
echo '$SINGLE ${QUOTED}' "$BUILD_DIR" "${ROWS[@]}" "$STAMP" \\$ESCAPED "$LINE $REST ${FLAG:-} $OUT $PWD $HOME"
awk '{print $1, $NF}' "$OUT"  # $COMMENTED
. ./lib.sh && echo "$LIB_DIR"
"""


def _script(name: str, text: str, line: int, more: dict[str, str] | None = None) -> Delivery:
    """TypeScript that reads something new, undocumented."""
    files = {"src/config.ts": text, **(more or {})}
    return Delivery(_GATE, name, files, config=_TS, rule=_RULE, at=f"src/config.ts:{line}")


DELIVERIES = (
    Delivery(
        _GATE, "documented in a code block",
        {
            "app/settings.py": (
                'import os\n\nPORT = int(os.environ.get("APP_PORT", "8000"))\nHOME = os.environ["HOME"]\n'
            ),
            "README.md": "# Sample\n\n```sh\nexport APP_PORT=8000\n```\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "settings in a template of the environment",
        {
            "service/config.py": (
                "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
                'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="SHOP_")\n'
                '    port: int = 8000\n    database: str = Field(validation_alias="DATABASE_URL")\n'
            ),
            "service/.env.example": "SHOP_PORT=8000\nDATABASE_URL=postgres://localhost/shop\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "loops over other things",
        {
            "app/main.py": (
                'import os\n\nFIELDS = ("ONE", "TWO")\n\n\ndef main(row, names):\n    for name in FIELDS:\n'
                "        print(row[name])\n    return [os.environ.get(name) for name in names]\n"
            ),
            "src/main.ts": (
                'const fields = ["ONE", "TWO"];\nfor (const name of fields) { console.log(row[name]); }\n'
                "for (const name of names) { console.log(process.env[name]); }\n"
                "for (const name of fields) { process.env[name] = '1'; }\n"
            ),
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "documented and read in a loop",
        {
            "app/main.py": 'import os\n\nfor name in ("SHOP_ONE", "SHOP_TWO"):\n    print(os.environ[name])\n',
            "README.md": "`SHOP_ONE` and `SHOP_TWO` are needed.\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "names of their own in scripts and images",
        {
            "Dockerfile": _DOCKERFILE, "scripts/build.sh": _SHELL, "lib.sh": "LIB_DIR=/usr/lib/shop\n",
            ".env.example": "PORT=8000\n", "tests/run.sh": "echo $ONLY_TESTS\n", ".ci/run": "#!/bin/sh\necho $OF_CI\n",
            "Makefile": "all:\n\techo $(ARGS) $$HOME\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "an entry point that its image and its compose file give values",
        {
            "docker/entry": '#!/bin/sh\nexec gunicorn -b ":$LISTEN" -w "$WORKERS" --chdir "$APP_HOME" shop\n',
            "docker/api.Dockerfile": "FROM python:3.12\nENV APP_HOME=/srv LISTEN=80\n",
            "compose.yaml": "services:\n  a:\n    image: a:${TAG:-1}\n    environment:\n      WORKERS: 2\n"
            "      - LITERAL=$$NOT\n",
            "README.rst": "``TAG`` is the image's.\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "a script that asked for it before", {"run.sh": "#!/bin/sh\necho more $OLD_ONE\n"},
        {"run.sh": "#!/bin/sh\necho $OLD_ONE\n"}, _PY,
    ),
    _asked("an image's command", "Dockerfile", "FROM python:3.12\nCMD gunicorn -b :${LISTEN_PORT} app:app\n", 2),
    _asked("an image's own variable", "docker/api.Dockerfile", "FROM a\nENV KEY=${SECRET_KEY}\n", 2),
    _asked("a script", "scripts/deploy.sh", '#!/bin/sh\nset -e\ncurl -H "Token: $DEPLOY_TOKEN" https://x\n', 3),
    _asked("a script without a suffix", "bin/start", '#!/usr/bin/env bash\n: "${DB_HOST:?is needed}"\n', 2),
    _asked("a default of its own", "run.sh", '#!/bin/sh\nREGION="${REGION:-eu}"\necho $REGION\n', 2),
    _asked("passed on by a compose file", "docker-compose.yml",
           "services:\n  a:\n    image: a\n    environment:\n      - STRIPE_KEY\n      - B=1\n", 5),
    _asked("a default's default", "deploy/compose.yml", "services:\n  a:\n    image: ${CI:-${MIRROR}}/a\n", 3),
    _python("drawn by name", "import os\n\nk = getattr(os, 'getenv')('A_KEY')\n", 3),
    _python("unpacked", "import os\n\nk = {**os.environ}['A_KEY']\n", 3),
    _python("a loop", 'import os\n\nfor name in ("SHOP_DB", "SHOP_KEY"):\n    print(os.environ.get(name))\n', 4),
    _python(
        "a comprehension over a constant",
        'import os\n\nNAMES = ["SHOP_DB"]\nmissing = [name for name in NAMES if name not in os.environ]\n', 4,
    ),
    _script(
        "a loop", 'const names = ["SHOP_DB", "SHOP_KEY"] as const;\nfor (const name of names) {\n'
        "  if (!process.env[name]) throw new TypeError(name);\n}\n", 3,
    ),
    _script("a loop over a list", "for (const key of ['SHOP_DB']) use(process.env[key]);\n", 1),
    _script(
        "each of a list", "const names: string[] = [];\nconst REQUIRED: readonly string[] = ['SHOP_KEY'];\n"
        "REQUIRED.forEach((name) => {\n  use(process.env[name]);\n});\n", 4,
    ),
    _script("a filtered list", "const gone = ['SHOP_DB'].filter(name => !process.env[name]);\n", 1),
    Delivery(
        _GATE, "words alone",
        {
            "app/main.py": (
                '"""Reads os.environ["NOT_READ"]."""\n\n# os.getenv("NOR_THIS")\n'
                'HELP = \'use os.environ["OR_THAT"]\'\n\n\n'
                'def answer(request):\n    return request.environ.get("REMOTE_ADDR"), {"env": 1}.get("KEY")\n'
            )
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "read on develop already, moved and set",
        {"app/a.py": None, "app/b.py": 'import os\n\nURL = os.environ["OLD_URL"]\nos.environ["CHILD"] = "1"\n'},
        {"app/a.py": 'import os\n\nURL = os.getenv("OLD_URL")\n'},
        config=_PY,
    ),
    Delivery(
        _GATE, "a typed service with a table of its variables",
        {
            "src/config.ts": (
                'import { z } from "zod";\n\nconst schema = z.object({\n  PORT: z.coerce.number(),\n'
                '  REDIS_URL: z.string(),\n});\n\nexport const config = schema.parse(process.env);\n'
            ),
            "docs/setup.md": "| name | what |\n|---|---|\n| `PORT` | the port |\n| `REDIS_URL` | the cache |\n",
        },
        config=_TS,
    ),
    Delivery(
        _GATE, "comments, strings and other environments",
        {
            "src/a.ts": (
                "// process.env.NOT_READ\n/* process.env.NOR_THIS */\nconst text = 'process.env.OR_THAT';\n"
                "const url = `${text}/process.env.PLAIN`;\nconst env = { KEY: 1 };\n"
                "export default env.KEY + url.length;\n"
                "if (process.env.NODE_ENV === 'test') process.env.CHILD = '1';\n"
            ),
            "src/a.test.ts": "process.env.ONLY_TESTS && expect(1);\n",
        },
        config=_TS,
    ),
    Delivery(
        _GATE, "documents of its own place",
        {"src/a.js": "module.exports = process.env['QUEUE_URL'];\n", "ops/env.txt": "QUEUE_URL: the queue\n"},
        config=_TS + '[environment]\ndocuments = ["ops/*.txt"]\n',
    ),
    _python("subscript", 'import os\n\nKEY = os.environ["STRIPE_KEY"]\n', 3),
    _python(
        "alias of an import",
        'from os import environ as e, getenv as g\n\nKEY = g("A_KEY") or e.get("A_KEY")\n', 3,
    ),
    _python("a constant", 'import os as o\n\nNAME = "A_" + "KEY"\nKEY = o.environ.get(NAME)\n', 4),
    _python(
        "a function of the project", 'from app.env import need\n\nKEY = need("STRIPE_KEY")\n', 3,
        {"app/env.py": "import os\n\n\ndef need(name):\n    return os.environ[name]\n"},
    ),
    _python("no name of os", 'KEY = __import__("os").environ["A_KEY"]\n', 1),
    _python("a copy", 'import os\n\nenv = dict(os.environ)\nKEY = env["A_KEY"]\n', 4),
    _python("membership", 'import os\n\nFAST = "FAST_MODE" in os.environ\n', 3),
    _python("decouple", 'from decouple import config\n\nDEBUG = config("DEBUG_MODE", cast=bool)\n', 3),
    _python("environs", 'from environs import Env\n\nenv = Env()\nKEY = env.str("A_KEY")\n', 4),
    _python("a field", "from pydantic_settings import BaseSettings\n\n\nclass S(BaseSettings):\n    api_key: str\n", 5),
    _python("an option", 'import click\n\n\n@click.option("--key", envvar="CLI_KEY")\ndef go(key): ...\n', 4),
    _python("part of another word", 'import os\n\nK = os.getenv("KEY")\n', 3, {"README.md": "API_KEY, KEYS\n"}),
    _python("a comment nobody sees", 'import os\n\nK = os.getenv("A_KEY")\n', 3, {"README.md": "<!-- A_KEY -->\n"}),
    _script("dotted", "export const key = process.env.STRIPE_KEY;\n", 1),
    _script("optional and in a template", "export const u = `x${process?.env?.['API_HOST'] ?? 1}`;\n", 1),
    _script(
        "destructured", "const a = 1;\nconst { A_KEY: key = 'x', ...rest } = process.env;\nexport { a };\n", 2,
    ),
    _script("another name", 'import { env } from "node:process";\n\nexport const key = env.A_KEY;\n', 3),
    _script("an alias", "const e: NodeJS.ProcessEnv = process.env;\nexport const key = e['A_KEY'];\n", 2),
    _script("a constant", "const NAME = 'A_KEY';\nexport const key = process.env[NAME];\n", 2),
    _script(
        "a function of the project", "import { need } from './env';\n\nexport const key = need('A_KEY');\n", 3,
        {"src/env.ts": "export const need = (name: string): string => process.env[name] ?? '';\n"},
    ),
    _script("a bundler's", "export const key = import.meta.env.VITE_KEY;\n", 1),
    _script("a schema in place", "export const c = z.object({\n  A_KEY: z.string(),\n}).parse(process.env);\n", 2),
    _script("a checked environment", "export const c = cleanEnv(process.env, {\n  A_KEY: str(),\n});\n", 2),
    Delivery(
        _GATE, "passed to another file",
        {
            "src/index.ts": "import { load } from './load';\nexport const c = load(process.env);\n",
            "src/load.ts": (
                "export function load(env: Record<string, string | undefined>) {\n  return env.A_KEY;\n}\n"
            ),
        },
        config=_TS, rule=_RULE, at="src/load.ts:2",
    ),
    _python("by keyword", "import os\n\nk = os.getenv(key='A_KEY')\n", 3),
    _python("kept by an object", "import os\n\n\nclass E:\n    def __init__(self):\n        self.env = os.environ\n\n"
            "    def key(self):\n        return self.env['A_KEY']\n", 9),
    _python("everything imported", "from os import *\n\nk = environ['A_KEY']\n", 3),
    _python("bound before", "import os\nfrom functools import partial\n\nget = partial(os.environ.get, 'A_KEY')\n", 4),
    _python("a function within a function", "import os\n\nneed = lambda name: os.environ[name]\n\n\n"
            "def number(key, default=0):\n    return int(need(key) or default)\n\n\nport = number(key='A_PORT')\n", 10),
    _python("names in a class", "import enum\nimport os\n\n\nclass Name(str, enum.Enum):\n    KEY = 'A_KEY'\n\n\n"
            "k = os.environ[Name.KEY.value]\n", 9),
    _python("names in a table", "import os\n\nNAMES = {'key': 'A_KEY'}\nk = os.environ[NAMES['key']]\n", 4),
    _python("a constant of another file", "import os\n\nfrom app.names import KEY\n\nk = os.environ[KEY]\n", 5,
            {"app/names.py": "KEY = 'A_KEY'\n"}),
    _python("settings by another name", "from pydantic_settings import BaseSettings as Base\n\n\nclass S(Base):\n"
            "    api_key: str\n", 5),
    _python("another name of a library", "from starlette.config import Config as C\n\nc = C()\nk = c('A_KEY')\n", 4),
    _script("convict", "import convict from 'convict';\nexport const c = convict({\n"
            "  key: { format: String, default: '', env: 'A_KEY' },\n});\n", 3),
    _script("a function of a library", "import { get } from 'env-var';\nexport const k = get('A_KEY').asBool();\n", 2),
    _script("a copy in a schema", "const S = z.object({\n  A_KEY: z.string(),\n});\n"
            "export const c = S.parse({ ...process.env });\n", 2),
    _script("a schema beside", "import * as v from 'valibot';\nconst S = v.object({ A_KEY: v.string() });\n"
            "export const c = v.parse(S, process.env);\n", 2),
    _script("a function within a function", "const need = (key: string) => process.env[key];\n"
            "const port = (key: string) => Number(need(key));\nexport const p = port('A_PORT');\n", 3),
    _script("names in a table", "const N = { key: 'A_KEY' } as const;\nexport const k = process.env[N.key];\n", 2),
    _script("names in an enumeration", "enum Name { Key = 'A_KEY' }\nexport const k = process.env[Name.Key];\n", 2),
    _script("taken apart", "export const f = ({ A_KEY }: NodeJS.ProcessEnv) => A_KEY;\n", 1),
    _script("taken apart within", "const { env: { A_KEY } } = process;\nexport default A_KEY;\n", 1),
    _script("cast", "export const k = (process.env as Record<string, string>).A_KEY;\n", 1),
    Delivery(
        _GATE, "documents and tests in other places",
        {
            "services/orders/acme/conf.py": "import os\n\nK = os.environ['A_KEY'] + os.environ['B_KEY']\n",
            "services/orders/docs/setup.md": "`A_KEY` is the key.\n", "Readme.rst": "``B_KEY`` is another.\n",
            "integration_tests/api.py": "import os\n\nK = os.environ['ONLY_TESTS']\n",
            "services/orders/tests/run.sh": "echo $ONLY_TESTS\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "tables and methods of other things",
        {
            "app/main.py": "import enum\n\nfrom app.names import KEY\n\nROWS = {'key': 'A_KEY'}\n\n\n"
            "class Name(enum.Enum):\n    KEY = 'B_KEY'\n\n\ndef fetch(key, cache):\n    return cache.get(key)\n\n\n"
            "found = [fetch('C_KEY', {}), ROWS['key'], Name.KEY.value, KEY]\n",
            "app/names.py": "KEY = 'D_KEY'\n",
            "src/main.ts": "enum Name { Key = 'A_KEY' }\nconst rows = { key: 'B_KEY' };\nconst all = { ...rows };\n"
            "export const fetch = (key: string) => cache.get(key);\n"
            "export const k = [fetch('C_KEY'), Name.Key, all.key];\n"
            "export const f = ({ D_KEY }: Row) => parse(S, { E_KEY: D_KEY });\n",
        },
    ),
    Delivery(
        _GATE, "asked for by a compose file", {"docker-compose.yml": "services:\n  a:\n    image: a:${IMAGE_TAG:-1}\n"},
        config=_PY, rule=_RULE, at="docker-compose.yml:3",
    ),
)  # fmt: skip
