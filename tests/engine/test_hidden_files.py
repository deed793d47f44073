"""Secrets by their names: no role gets to see one, through no tool, patch, brief or gate, unless it may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests import target
from tests.engine import kit
from tests.engine.kit import go, serving
from tests.engine.test_review_findings import brought

MARK = "hunter2-"
"""Begins every secret, so that one look at all that was sent is enough."""
FILES = {
    ".env": f"TOKEN={MARK}env\n",
    "greeter/.env.example": "TOKEN=yours-here\n",
    "certs/server.pem": f"{MARK}pem\n",
    "vault/token.txt": f"{MARK}vault\n",
    "tests/certs/fake.key": "no-secret-at-all\n",
}
OWN = '\n[secrets]\npatterns = ["vault/**"]\npublic = ["tests/certs/**"]\n'
LOOK = "cat .env certs/server.pem vault/token.txt greeter/.env.example; grep -r hunter2 . ; find . -name '*.pem'"
LEAKING = (
    "import pathlib\nfound = [p for p in map(pathlib.Path, ('.env', 'certs/server.pem')) if p.exists()]\n"
    "seen = ' '.join(['gate saw:', *(p.read_text() for p in found)])\n"
) + target.RUNNER.replace("if passed else", "if not passed else").replace(
    "'<failure message=\"wrong\"/>'", "f'<failure message=\"{seen}\"/>'"
)
"""Tests that fail, and say in their report what secrets hold."""


def committed(repo: Path, files: dict[str, str]) -> None:
    """More files on develop."""
    target.git(repo, "stash", "-qu")
    target.git(repo, "checkout", "-q", "develop")
    for path, text in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text)
    target.git(repo, "add", "-Af")
    target.git(repo, "commit", "-qm", "chore: add files")
    target.git(repo, "checkout", "-q", "main")
    target.git(repo, "stash", "pop", "-q")


def looks() -> list[dict[str, Any]]:
    """Every way in which a role may try to see a file."""
    views = [target.call("view", path=path, view_range=[]) for path in (*FILES, ".", "certs")]
    return [*views, target.call("search", text="hunter2", glob=""), target.call("bash", command=LOOK)]


def test_no_role_sees_a_secret(repo: Path) -> None:
    committed(repo, {**FILES, "harness.toml": target.CONFIG + OWN})
    code, deliver = target.implement()
    broken = [target.call("create", path="tests/run.py", file_text=LEAKING)]
    mended = [target.call("create", path="tests/run.py", file_text=target.RUNNER), *deliver]
    course = {
        **target.play(),
        "implement/1": [looks(), code, [*broken, *deliver], mended],
        "review/1": [looks(), [target.verdict(kind="code")]],
    }
    ceo = target.Yes()
    with serving(target.Team(course)) as endpoint:
        assert go(repo, ceo).state.finished == "merged"
    sent = "".join(str(request["messages"]) for request in endpoint.requests)
    written = "".join(entry.event.model_dump_json() for entry in kit.journal(repo))
    assert MARK not in sent and MARK not in written
    assert sent.count("it is left out of this directory") > 2
    assert "gate saw:" in sent
    assert "TOKEN=yours-here" in sent and "no-secret-at-all" in sent
    asked = next(asked for asked in ceo.asked if "unable" in asked.detail["about"])
    assert asked.detail["about"]["unable"]["secrets"].startswith("roles and gates work without .env and 2 more")
    assert target.git(repo, "show", "develop:.env") == FILES[".env"].strip()


def test_a_role_sees_the_secrets_that_it_may_read(repo: Path) -> None:
    role = (Path(__file__).parents[2] / "roles" / "developer.toml").read_text() + 'reads = [".env"]\n'
    committed(repo, {**FILES, "roles/developer.toml": role})
    code, deliver = target.implement()
    course = {
        **target.play(),
        "implement/1": [looks(), code, deliver],
        "review/1": [looks(), *target.play()["review/1"]],
    }
    with serving(target.Team(course)) as endpoint:
        assert go(repo).state.finished == "merged"
    seen = {}
    for request in endpoint.requests:
        who = request["system"][0]["text"].split("\n", 1)[0]
        seen.setdefault("developer" if "Developer" in who else "others", []).append(str(request["messages"]))
    assert f"{MARK}env" in "".join(seen["developer"])
    assert f"{MARK}pem" not in "".join(seen["developer"])
    assert f"{MARK}env" not in "".join(seen["others"]) and f"{MARK}pem" not in "".join(seen["others"])


def test_a_patch_shows_no_secret_that_the_branch_brings(repo: Path) -> None:
    brought(repo, {"certs/server.pem": FILES["certs/server.pem"], "notes.txt": "a note\n"})
    with serving(target.Team()) as endpoint:
        assert go(repo).state.finished == "merged"
    sent = "".join(str(request["messages"]) for request in endpoint.requests)
    assert MARK not in sent
    assert "+a note" in sent and "… not shown, as secrets by their names: 1" in sent


def test_no_role_brings_a_secret_that_others_could_not_review(repo: Path) -> None:
    code, deliver = target.implement()
    tries = [
        target.call("create", path="certs/new.pem", file_text="x"),
        target.call("bash", command="mkdir -p certs; echo x > certs/other.PEM"),
    ]
    with serving(target.Team({**target.play(), "implement/1": [tries, code, deliver]})) as endpoint:
        assert go(repo).state.finished == "merged"
    sent = "".join(str(request["messages"]) for request in endpoint.requests)
    assert "certs/other.PEM — it is a secret by its name, and the developer may not read it" in sent
    assert "'certs/new.pem' can't be written: it is a secret by its name" in sent
    assert "certs" not in target.git(repo, "ls-tree", "-r", "--name-only", "develop")
