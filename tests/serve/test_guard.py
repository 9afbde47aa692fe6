import asyncio

import pytest

from pincel.serve.guard import CONTENT_SECURITY_POLICY, Guard


def ask(hosts, path="/", **headers):
    """Status and headers of an answer; the application behind the guard answers 200 with a header of its own."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"kept")]})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(Guard(app, hosts)(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_every_answer_has_the_headers_of_safety():
    for status, headers in (ask(None), ask({"localhost"}, host="evil.example")):
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert status in (200, 400)
    assert ask(None)[1]["x-own"] == "kept"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_answers_of_the_api_are_never_stored_and_files_are_asked_for_anew():
    assert ask(None, "/api/v1/models")[1]["cache-control"] == "no-store"
    assert ask(None, "/static/app.js")[1]["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("evil.example", 400), ("", 400), ("[", 400)],
)
def test_on_its_own_machine_it_is_called_by_the_machines_names(host, status):
    assert ask({"localhost", "127.0.0.1", "::1"}, host=host)[0] == status


def test_other_web_sites_may_link_to_the_page_and_not_use_the_api():
    assert ask(None, "/api/v1/colorize", sec_fetch_site="cross-site")[0] == 403
    assert ask(None, "/api/v1/colorize", sec_fetch_site="same-origin")[0] == 200
    assert ask(None, "/", sec_fetch_site="cross-site")[0] == 200


def test_what_is_no_request_passes():
    heard = []

    async def app(scope, receive, send):
        heard.append(scope["type"])

    asyncio.run(Guard(app, {"localhost"})({"type": "lifespan"}, None, None))
    assert heard == ["lifespan"]
