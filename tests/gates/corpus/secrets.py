"""Secrets that nobody ever had, put together here so that none stands in this file; and what only looks like one."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_GATE, _KNOWN, _GUESSED = "secrets", "secrets-known", "secrets-guessed"
_PY, _TS = '[project]\nlanguage = "python"\n', '[project]\nlanguage = "typescript"\n'
_AWS = "AKIA" + "Z7QX3MNB5KLP2WRT"
_GITHUB = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
_STRIPE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
_WORD = "Xk9" + "!vQ2z" + "Lm7Rt"
_KEY = (
    "-----BEGIN RSA PRIVATE "
    + "KEY-----\n"
    + "MIIEowIBAAKCAQEAx3fK9v0Qm1\n" * 8
    + "-----END RSA PRIVATE "
    + "KEY-----\n"
)
_HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def _found(name: str, files: dict[str, str | bytes | None], at: str) -> Delivery:
    """A form that we know."""
    return Delivery(_GATE, name, files, config=_PY, rule=_KNOWN, at=at)


DELIVERIES = (
    Delivery(
        _GATE, "digests, identifiers and an alphabet",
        {
            "app/ids.py": (
                f'EMPTY_SHA256 = "{_HEX}"\nTENANT = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"\n'
                'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"\n'
                f'TOKEN_DIGEST = "{_HEX}"\nPASSWORD_FIELD = "password_hash_v2"\n'
                'TOKEN_URL = "https://id.example.com/token"\n'
            ),
            "package-lock.json": '{"packages": {"a": {"integrity": "sha512-' + "aB3dE5fG7hJ9kL1m" * 5 + '=="}}}\n',
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "passwords of tests and of a guide",
        {
            "tests/test_login.py": f'PASSWORD = "{_WORD}"\n\n\ndef test_it():\n    assert login("tester", PASSWORD)\n',
            "README.md": f'Set it: `export API_KEY="{_WORD}"`\n',
            "docker-compose.yml": (
                "services:\n  db:\n    environment:\n"
                "      POSTGRES_PASSWORD: ${DB_PASSWORD:-example}\n"
            ),
            ".env.example": f"API_TOKEN={_WORD}\n",
        },
        config=_PY,
    ),
    Delivery(
        _GATE, "read and checked, never said",
        {
            "src/auth.ts": (
                "const apiKey = process.env.API_KEY;\nconst password = req.body.password;\n"
                "export const ERRORS = { password: 'must have 12 characters', token: 'invalid_token_2' };\n"
                "const clientSecret = await vault.read('secret/data/agents/1');\nconst secretName = 'X-Api-Key-2';\n"
            ),
            "src/key.ts": "if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) throw new KeyFormatError();\n",
        },
        config=_TS,
    ),
    Delivery(
        _GATE, "old already", {"app/a.py": None, "app/b.py": f'K = "{_AWS}"\n'}, {"app/a.py": f'K = "{_AWS}"\n'}, _PY,
    ),
    Delivery(
        _GATE, "public by the configuration", {"certs/dev.key": _KEY},
        config=_PY + '[secrets]\npublic = ["certs/dev.*"]\n'
    ),
    Delivery(
        _GATE, "settings without secrets",
        {".npmrc": "engine-strict=true\n", "a.pem": "-----BEGIN CERTIFICATE-----\n"},
        config=_TS,
    ),
    Delivery(
        _GATE, "strings side by side, taken apart in a test, and hosts of a container",
        {
            "tests/test_scan.py": f'KEY = "{_AWS[:4]}" + "{_AWS[4:]}"\n',
            "app/text.py": 'SIGNS = ["a" "b", " ", "c" + "d"]\nEMPTY = "" + ""\nPASSWORD_FIELD = "pass" + "word"\n',
            "app/db.py": f'URL = "postgres://admin:{_WORD}@host.docker.internal:5432/app"\n',
        },
        config=_PY,
    ),
    _found("a form taken apart", {"app/s3.py": f'\nID = "{_AWS[:4]}" + "{_AWS[4:]}"\n'}, "app/s3.py:2"),
    _found("a form in strings side by side", {"app/s3.py": f"ID = ('{_AWS[:9]}' '{_AWS[9:]}')\n"}, "app/s3.py:1"),
    _found("a form on two lines",
           {"app/s3.py": f"ID = (\n    '{_GITHUB[:20]}'\n    '{_GITHUB[20:]}'\n)\n"}, "app/s3.py:2"),
    _found("a form put together",
           {"app/s3.py": f"ID = ''.join(['{_GITHUB[:20]}', '{_GITHUB[20:]}'])\n"}, "app/s3.py:1"),
    Delivery(
        _GATE, "a password taken apart", {"src/db.ts": f"const password = '{_WORD[:5]}' + '{_WORD[5:]}';\n"},
        config=_TS, rule=_GUESSED, at="src/db.ts:1",
    ),
    _found(
        "the password of an address inside a company",
        {"app/db.py": f'URL = "postgres://admin:{_WORD}@db.internal:5432/app"\n'}, "app/db.py:1",
    ),
    _found(
        "the password of an address of a company",
        {"app/db.py": f'URL = "postgres://admin:{_WORD}@db.acme.corp:5432/app"\n'}, "app/db.py:1",
    ),
    _found("a form that we know", {"app/s3.py": f'\nID = "{_AWS}"\n'}, "app/s3.py:2"),
    Delivery(
        _GATE, "behind a comment", {"app/s3.py": f'ID = "{_GITHUB}"  # pragma: allowlist secret\n'}, config=_PY,
        rule=_KNOWN, at="app/s3.py:1",
    ),
    Delivery(
        _GATE, "behind a planted baseline",
        {
            "src/pay.ts": f"const password = '{_WORD}';\n",
            ".secrets.baseline": '{"version": "1.5.0", "plugins_used": [], "results": {}}\n',
            "pyproject.toml": '[tool.detect-secrets]\nexclude = ".*"\n',
            "setup.cfg": "[detect-secrets]\nexclude-files = .*\n",
        },
        config=_TS, rule=_GUESSED, at="src/pay.ts:1",
    ),
    _found("in a test", {"tests/test_pay.py": f'K = "{_STRIPE}"\n'}, "tests/test_pay.py:1"),
    _found("in a guide", {"docs/a.md": f"Use {_STRIPE}.\n"}, "docs/a.md:1"),
    _found("in a folder called so", {"swagger/a.py": f'K = "{_AWS}"\n'}, "swagger/a.py"),
    _found("a private key", {"deploy/key.txt": _KEY}, "deploy/key.txt:1"),
    _found("a file of keys", {"deploy/id_rsa": _KEY}, "deploy/id_rsa"),
    _found("a store of keys", {"deploy/app.p12": b"\x30\x82\0\1"}, "deploy/app.p12"),
    Delivery(
        _GATE, "a password by its name", {"config/app.yaml": f"db:\n  password: {_WORD}\n"}, config=_PY, rule=_GUESSED,
        at="config/app.yaml:2",
    ),
    _found("a file of settings", {"app/.env": f"A=1\nDB_PASSWORD={_WORD}\n"}, "app/.env:2"),
)  # fmt: skip
