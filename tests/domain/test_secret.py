"""Secrets are found in the forms in which they turn up, ordinary text is left alone, and no text takes long."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from harness.domain.secret import KINDS, cleaned, holds, in_use, marked, places, redacted, scrubbed, told

BODY = "MIIEowIBAAKCAQEAqKpRgnn6yq26U3yt5YFZquyukfRjbMXDcNOK4rMCx/+Q==\n" * 3
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}-----END RSA PRIVATE KEY-----"
LOCKED = PEM.replace("KEY-----\nMII", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\nMII", 1)
PUTTY = f"Private-Lines: 4\n{BODY}"
SAMPLES = {
    "private key": [
        PEM, LOCKED, json.dumps({"type": "service_account", "private_key": PEM}), PUTTY,
        PEM.partition("-----END")[0], PEM.replace("RSA ", "OPENSSH "),
        PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    ],
    "age key": ["AGE-SECRET-KEY-1" + "Q3" * 29],
    "anthropic key": ["sk-ant-api03-" + "a1B2" * 10],
    "api key": ["sk-proj-" + "a1B2_" * 10],
    "aws key": ["AKIA" + "ABCDEFGH12345678"],
    "aws secret": ["aws_secret_access_key = " + "a1B2/" * 8, '"SecretAccessKey": "' + "a1B2+" * 8 + '"'],
    "azure key": ["AccountName=x;AccountKey=" + "a1B2+/" * 14 + "aB==;", "SharedAccessKey=" + "a1B2+/" * 7 + "a="],
    "azure secret": ["abc8Q~" + "a1-_.~" * 5 + "aB1"],
    "github token": ["ghp_" + "a1" * 18, "github_pat_" + "a1B_" * 14],
    "gitlab token": ["glpat-" + "x1" * 10],
    "slack token": ["xoxb-" + "1" * 24],
    "slack address": ["https://hooks.slack.com/services/T0000000A/B0000000A/" + "a1" * 12],
    "google key": ["AIza" + "b" * 35],
    "google secret": ["GOCSPX-" + "a1B2" * 7],
    "google token": ["ya29." + "a1B2" * 12],
    "npm token": ["npm_" + "a1" * 18, "//registry.invalid/:_authToken=" + "a1b2-" * 6],
    "pypi token": ["pypi-AgEIcHlwaS5vcmc" + "a1B2" * 15],
    "stripe key": ["sk_live_" + "a1" * 12, "whsec_" + "a1" * 16],
    "sendgrid key": ["SG." + "a" * 22 + "." + "b" * 43],
    "twilio key": ["SK" + "0a" * 16],
    "hugging face token": ["hf_" + "aB" * 17],
    "digitalocean token": ["dop_v1_" + "0a" * 32],
    "shopify token": ["shpat_" + "0a" * 16],
    "databricks token": ["dapi" + "0a" * 16],
    "vault token": ["hvs." + "a1B2" * 8],
    "telegram token": ["123456789:AA" + "a1B" * 11],
    "password": [
        "postgres://app:tR0ub4dor&3@db.prod.company.com:5432/app", "https://me:x9-Kp2_secret@git.company.com/a.git",
        "MONGODB+SRV://u:pa55-w0rd-9@cluster0.abcde.mongodb.net", "redis://:Zx81-spectrum@cache.company.com",
    ],
}  # fmt: skip
ORDINARY = (
    "sk-short", "task-force-with-a-long-name-of-many-words-and-no-numbers", "a key: AKIA", "AKIAIOSFODNN7EXAMPLE",
    "postgres://user:password@localhost/db", "postgresql://app:app_password@db:5432/app",
    "https://user:pass@example.com/",
    "mysql://root:secret@db.company.com", "https://x:${TOKEN}@github.com/a/b", "//r.invalid/:_authToken=${NPM_TOKEN}",
    'raise ValueError("no -----BEGIN PRIVATE KEY----- found in the file, which is what we looked for first")',
    "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAqKpRgnn6yq26U3yt5YFZquyukfRjbMXDcNOK4rMCx/\n", "https://a.b:8080/c@d.e",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "npm_config_registry_for_this_project",
)  # fmt: skip
KEY = "sk-of-no-kind/We+use:it?here"
FORMS = {
    "plain": KEY,
    "backwards": KEY[::-1],
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 of a line": base64.b64encode(f"x-api-key: {KEY}\n".encode()).decode(),
    "base64 shifted": base64.b64encode(f"ab{KEY}cd".encode()).decode(),
    "base64 shifted, for addresses": base64.urlsafe_b64encode(f"a{KEY}z".encode()).decode(),
    "hex": KEY.encode().hex(),
    "HEX": KEY.encode().hex().upper(),
    "hex in groups": KEY.encode().hex(" ", 2),
    "percent": quote(KEY, safe=""),
    "percent, every byte": "".join(f"%{byte:02x}" for byte in KEY.encode()),
    "JSON, every character": "".join(f"\\u{ord(each):04x}" for each in KEY),
    "a string's escapes": "".join(f"\\x{ord(each):02x}" for each in KEY),
    "HTML": "".join(f"&#{ord(each)};" for each in KEY),
    "one character a line": "\n".join(KEY),
    "wrapped": f"{KEY[:11]}\n        {KEY[11:]}",
    "joined strings": f"'{KEY[:9]}' + \"{KEY[9:]}\"",
    "a list": ", ".join(f"'{each}'" for each in KEY),
    "base64 in lines": "\n".join(
        base64.b64encode(f"-----{KEY}-----".encode()).decode()[at : at + 16] for at in range(0, 52, 16)
    ),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, row in SAMPLES.items() for text in row])
def test_each_kind_is_found(kind: str, text: str) -> None:
    said = redacted(f"before\n{text}\nafter")
    assert marked(said) and said.startswith("before\n") and said.endswith("after") and told(text) == kind
    assert redacted(said) == said and told(said) == ""


def test_no_kind_is_untried() -> None:
    assert {kind.name for kind in KINDS} == set(SAMPLES)


def test_an_address_keeps_all_but_its_password() -> None:
    said = redacted("postgres://app:tR0ub4dor@db.company.com/app")
    assert said.startswith("postgres://app:[redacted password ") and said.endswith("]@db.company.com/app")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redacted(text) == text and told(text) == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_known_value_is_found_in_every_form(form: str) -> None:
    text = FORMS[form]
    said = redacted(f"it is {text} there", (KEY,))
    assert "[redacted key in use " in said and said.startswith("it is ") and said.endswith(" there")
    assert holds(text, (KEY,)) and not holds(said, (KEY,)) and not marked(redacted(text, ("another-key-altogether",)))


@given(
    some.text(alphabet=some.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=60),
    some.text(max_size=30),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_text_keeps_a_known_value(key: str, around: str) -> None:
    for text in (f"{around}{key}{around}", base64.b64encode(f"{around}{key}{around}".encode()).decode()):
        assert not holds(redacted(text, (key,)), (key,)) and marked(redacted(text, (key,)))


def test_values_and_bytes_are_looked_through() -> None:
    key = SAMPLES["github token"][0]
    found = scrubbed({"a": [key, 1, None, {key: key}], "b": True})
    assert key not in json.dumps(found) and found["b"] is True and found["a"][1:3] == [1, None]
    assert cleaned(b"\xff\xfe plain \x00") == b"\xff\xfe plain \x00"
    said = cleaned(b"\xff " + key.encode() + b" \xfe")
    assert said.startswith(b"\xff [redacted github token ") and said.endswith(b"] \xfe")


def test_what_the_harness_itself_works_with() -> None:
    environment = {
        "ANTHROPIC_API_KEY": " key-number-one\n",
        "ANTHROPIC_AUTH_TOKEN": "token-number-two",
        "ANTHROPIC_BASE_URL": "https://me:word-number-three@gateway.invalid/v1",
        "OTHER_KEY": "none-of-ours",
    }
    assert in_use(environment) == ("key-number-one", "token-number-two", "word-number-three")
    assert in_use({"ANTHROPIC_BASE_URL": "http://[broken", "ANTHROPIC_API_KEY": "short"}) == ()


HARD = {
    "heads of keys": "-----BEGIN PRIVATE KEY-----",
    "heads with spaces": "-----BEGIN PRIVATE KEY-----" + " " * 39,
    "heads with a body": "-----BEGIN PRIVATE KEY-----\n" + "A" * 30,
    "long heads": "-----BEGIN " + "A" * 40,
    "addresses": "https://a:",
    "passwords": "https://a:bcdefgh",
    "prefixes": "sk-a",
    "tails": "a1Q~",
    "lines of a key": "Private-Lines: 1\n",
    "every anchor": " ".join(anchor for kind in KINDS for anchor in kind.anchors) + " ",
    "nearly the key": KEY[:-1],
    "the key, one letter a line": "\n".join(KEY) + "\n",
}


@pytest.mark.parametrize("case", HARD)
def test_ten_megabytes_take_seconds_at_the_most(case: str) -> None:
    text = HARD[case] * (10_000_000 // len(HARD[case]))
    began = time.process_time()
    redacted(text, (KEY,))
    assert time.process_time() - began < 15


def test_places_name_a_secret_without_telling_it() -> None:
    value = "AKIA" + "Z7QX3MNB5KLP2WRT"
    (place,) = places(f'one\nkey = "{value}"\n')
    assert (place.kind, place.at) == ("aws key", 11) and value not in str(place)
    assert places('key = "AKIAIOSFODNN7EXAMPLE"\n') == []
