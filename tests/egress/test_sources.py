"""What pip and npm of this machine say of their registries, asked as a user has configured them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from harness.egress.advisories import advisories
from harness.egress.host import Host
from harness.egress.npm import npm
from harness.egress.pypi import pypi
from harness.errors import Mistake
from tests.egress import kit

LOCAL = "localhost"


@pytest.fixture(autouse=True)
def unconfigured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has configured nothing, on a machine whose own configuration is left out."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.lower().startswith(("pip_", "npm_config_", "node_extra", "xdg_"))]:
        monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return home


def page(*urls: str) -> tuple[str, bytes]:
    return "text/html", "".join(f'<a href="{url}">x</a>' for url in urls).encode()


def test_pips_index_and_the_hosts_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "/simple/pip/": page("https://files.packages.test/a.whl#sha256=0", "../../own/b.tar.gz", "file:///etc/c.whl"),
        "/more/pip/": (
            "application/vnd.pypi.simple.v1+json",
            json.dumps({"files": [{"url": "https://more.packages.test:8443/d.whl"}]}).encode(),
        ),
    }
    with kit.https(tmp_path, pages, LOCAL) as (port, trusted):
        (tmp_path / "ca.pem").write_bytes(trusted)
        monkeypatch.setenv("PIP_INDEX_URL", f"https://me:secret@{LOCAL}:{port}/simple/")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file:///opt/simple https://{LOCAL}:{port}/more")
        monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere/wheels")
        monkeypatch.setenv("PIP_CERT", str(tmp_path / "ca.pem"))
        found = pypi()
    assert set(found.hosts) == {
        Host(LOCAL, port, True), Host("files.packages.test"), Host("more.packages.test", 8443)
    }  # fmt: skip
    assert found.env["PIP_INDEX_URL"] == f"https://{LOCAL}:{port}/simple/"
    assert found.env["PIP_EXTRA_INDEX_URL"] == f"https://{LOCAL}:{port}/more"
    assert found.env["PIP_CERT"] == found.env["SSL_CERT_FILE"] == "{certificates}"
    assert found.certificates == trusted
    assert not any("secret" in value or "file:" in value or "/opt" in value for value in found.env.values())


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"PIP_INDEX_URL": "file:///opt/simple"}, "no index over https"),
        ({"PIP_INDEX_URL": f"http://{LOCAL}:1/simple"}, "no index over https"),
        ({"PIP_NO_INDEX": "1"}, "no index over https"),
        ({"PIP_PROXY": "http://proxy.test:8080"}, "goes through a proxy"),
        ({"PIP_INDEX_URL": f"https://{LOCAL}:1/simple", "PIP_RETRIES": "0"}, f"index {LOCAL} can't be asked"),
        (
            {"PIP_INDEX_URL": f"https://{LOCAL}:1/simple", "PIP_CERT": "/nowhere/ca.pem", "PIP_RETRIES": "0"},
            f"index {LOCAL} can't be asked",
        ),
    ],
)
def test_what_pip_can_not_be_used_with(settings: dict[str, str], word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Mistake, match=word):
        pypi()


def stand_in(folder: Path, told: dict[str, object], file: str = "", default: str = "https://default.test/") -> None:
    """A program `npm` that answers as the real one does."""
    folder.mkdir(exist_ok=True)
    text = f"""#!/bin/sh
test "$PWD" = / || exit 1
case "$*" in
  "config list --json") printf '%s' '{json.dumps(told)}' ;;
  "config get registry "*) test -z "$npm_config_registry" && echo '{default}' ;;
  "view npm dist.tarball") echo '{file}'; test -n '{file}' ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
"""
    (folder / "npm").write_text(text)
    (folder / "npm").chmod(stat.S_IRWXU)


def test_npms_registries_and_the_host_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ca.pem").write_text("FILE")
    told = {
        "registry": "https://me:secret@packages.test/npm/", "@own:registry": "https://own.test:8443/", "proxy": None,
        "cafile": str(tmp_path / "ca.pem"), "ca": ["ONE\\nTWO"], "@old:registry": "http://old.test/",
    }  # fmt: skip
    stand_in(tmp_path / "bin", told, "https://files.packages.test/npm.tgz")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("npm_config_registry", "https://packages.test/npm/")
    found = npm()
    assert set(found.hosts) == {
        Host("packages.test", 443, True), Host("own.test", 8443, True), Host("files.packages.test")
    }  # fmt: skip
    assert found.env["npm_config_registry"] == "https://packages.test/npm/"
    assert found.env["npm_config_@own:registry"] == "https://own.test:8443/"
    assert found.env["npm_config_cafile"] == "{certificates}"
    assert found.certificates == b"ONE\nTWO\nFILE"


def test_npms_own_default_is_not_the_users_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", {"registry": "https://default.test/"})
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    found = npm()
    assert found.hosts == (Host("default.test", 443, False),)
    assert found.certificates == b""
    assert "npm_config_cafile" not in found.env


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"registry": "http://packages.test/"}, "no registry over https"),
        ({"registry": "https://127.0.0.1/"}, "no registry over https"),
        ({}, "no registry over https"),
        ({"registry": "https://packages.test/", "https-proxy": "http://proxy.test"}, "goes through a proxy"),
        ({"registry": "https://packages.test/", "cafile": "/nowhere/ca.pem"}, "certificates in /nowhere/ca.pem"),
    ],
)
def test_what_npm_can_not_be_used_with(
    told: dict[str, object], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", told)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(Mistake, match=word):
        npm()


def test_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Mistake, match="npm is not installed"):
        npm()


@pytest.mark.parametrize(
    ("url", "host"),
    [("", Host("api.osv.dev")), (f"https://me:secret@{LOCAL}:8443/v1/query", Host(LOCAL, 8443, True))],
)
def test_the_advisories_that_pip_audit_is_configured_for(
    url: str, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("ONE")
    monkeypatch.setenv("PIP_AUDIT_VULNERABILITY_SERVICE", "osv")
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    found = advisories()
    assert found.hosts == (host,)
    assert found.certificates == b"ONE"
    assert found.env == {
        "PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "REQUESTS_CA_BUNDLE": "{certificates}",
        "PIP_AUDIT_OSV_URL": url.replace("me:secret@", "") or "https://api.osv.dev/v1/query",
    }  # fmt: skip


def test_without_a_word_the_advisories_are_those_of_the_public_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kit.https(tmp_path, {"/simple/pip/": page("https://files.packages.test/a.whl")}, LOCAL) as (port, trusted):
        (tmp_path / "ca.pem").write_bytes(trusted)
        monkeypatch.setenv("PIP_INDEX_URL", f"https://{LOCAL}:{port}/simple/")
        monkeypatch.setenv("PIP_CERT", str(tmp_path / "ca.pem"))
        found = advisories()
    assert Host("pypi.org") in found.hosts
    assert found.certificates == trusted


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"PIP_AUDIT_VULNERABILITY_SERVICE": "esms"}, "is esms; the sources"),
        ({"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": "http://osv.test/"}, "no address over https"),
        ({"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "HTTPS_PROXY": "http://proxy.test:1"}, "goes through a proxy"),
        ({"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "REQUESTS_CA_BUNDLE": "/nowhere.pem"}, "can't be read"),
    ],
)
def test_advisories_that_can_not_be_asked(settings: dict[str, str], word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Mistake, match=word):
        advisories()
