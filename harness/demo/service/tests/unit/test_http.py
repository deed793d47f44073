"""The service on a socket, and its start and stop."""

import http.client
import json
import os
import signal
import socket
import threading
import time

import pytest

from app.__main__ import main, parse_clients
from app.auth import Tokens
from app.http import MOST_BODY, Server
from app.routes import Router
from app.service import NoteService
from app.store import NoteStore


@pytest.fixture
def connection():
    store = NoteStore(":memory:")
    server = Server(0, Router(NoteService(store), Tokens({"web": "secret"})))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer, answer.read()


def test_one_connection_serves_many_requests(connection):
    credentials = json.dumps({"client_id": "web", "client_secret": "secret"})
    token = json.loads(ask(connection, "POST", "/token", credentials)[1])["access_token"]
    line = connection.sock
    headers = {"Authorization": f"Bearer {token}"}
    made, note = ask(connection, "POST", "/notes", json.dumps({"title": "Zoë 🍋"}), headers)
    assert json.loads(note)["title"] == "Zoë 🍋"
    gone, nothing = ask(connection, "DELETE", made.headers["Location"], headers=headers)
    assert (gone.status, nothing) == (204, b"")
    assert connection.sock is line


def test_a_body_that_is_too_long_is_refused(connection):
    answer, body = ask(connection, "POST", "/token", headers={"Content-Length": str(MOST_BODY + 1)})
    assert answer.status == 400
    assert str(MOST_BODY) in json.loads(body)["detail"]
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("headers", [{"Content-Length": "-1"}, {"Transfer-Encoding": "chunked"}])
def test_a_body_of_unknown_length_is_refused(connection, headers):
    assert ask(connection, "POST", "/token", headers=headers)[0].status == 400


def test_a_target_that_is_no_url_is_refused(connection):
    with socket.create_connection((connection.host, connection.port), timeout=5) as line:
        line.sendall(b"GET http://[/notes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def terminate(default):
    """Send SIGTERM as soon as something other than the `default` handles it; without that, do nothing."""
    for _ in range(500):
        if signal.getsignal(signal.SIGTERM) is not default:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(0.01)


def test_it_serves_until_it_is_told_to_stop(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NOTES_CLIENTS", "web:secret")
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    threading.Thread(target=terminate, args=(before[signal.SIGTERM],)).start()
    try:
        assert main(["--port", "0", "--database", str(tmp_path / "notes.db")]) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "listening on http://127.0.0.1:" in capsys.readouterr().out


def test_without_clients_it_says_what_to_set(monkeypatch, capsys):
    monkeypatch.delenv("NOTES_CLIENTS", raising=False)
    assert main(["--port", "0"]) == 2
    assert "NOTES_CLIENTS" in capsys.readouterr().err


def test_it_lists_its_operations(capsys):
    assert main(["--routes"]) == 0
    assert {"method": "GET", "path": "/notes/{note_id}"} in json.loads(capsys.readouterr().out)


def test_it_migrates_a_database_and_serves_nothing(tmp_path):
    path = tmp_path / "notes.db"
    assert main(["--migrate", "--database", str(path)]) == 0
    store = NoteStore(str(path))
    assert store.page("web", 10, 0) == ([], 0)
    store.close()


def test_clients_are_pairs():
    assert parse_clients("web:a,batch:b:c") == {"web": "a", "batch": "b:c"}
    with pytest.raises(ValueError, match="NOTES_CLIENTS"):
        parse_clients("web")
