import asyncio
import json

from pincel.serve.gate import Gate
from pincel.serve.guard import CONTENT_SECURITY_POLICY, Guard

LOCAL = Gate(hosts=frozenset({"localhost"}))


def ask(gate=LOCAL, path="/", method="GET", requests=9, host="localhost", **headers):
    """Status, headers and body of an answer; the application behind the guard answers 200 and names the method."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"kept")]})
        await send({"type": "http.response.body", "body": scope["method"].encode()})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in {**headers, "host": host}.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    asyncio.run(Guard(app, gate, requests)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message["body"] for message in sent[1:])


def test_every_answer_has_the_headers_of_safety():
    for status, headers, _ in (ask(), ask(host="evil.example"), ask(requests=0)):
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert status in (200, 421, 503)
    assert ask()[1]["x-own"] == "kept"
    assert CONTENT_SECURITY_POLICY.count("unsafe") == CONTENT_SECURITY_POLICY.count("'wasm-unsafe-eval'") == 1


def test_answers_of_the_api_are_never_stored_and_files_are_asked_for_anew():
    assert ask(path="/api/v1/models")[1]["cache-control"] == "no-store"
    assert ask(path="/static/app.js")[1]["cache-control"] == "no-cache"


def test_refusals_are_problems():
    for status, headers, body in (ask(host="x"), ask(requests=0), ask(path="/api/x", sec_fetch_site="cross-site")):
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["status"] == status


def test_who_comes_when_the_house_is_full_is_asked_to_come_again():
    status, headers, _ = ask(requests=0)
    assert (status, headers["retry-after"]) == (503, "1")


def test_head_is_answered_as_get_without_a_body():
    assert ask(method="GET")[2] == b"GET"
    status, headers, body = ask(method="HEAD")
    assert (status, headers["x-own"], body) == (200, "kept", b"")


def test_a_path_without_its_last_slash_leads_to_the_page():
    gate = Gate(root_path="/pincel")
    status, headers, _ = ask(gate, "/pincel")
    assert (status, headers["location"]) == (308, "/pincel/")
    assert ask(gate, "/pincel/")[0] == 200


def test_what_is_no_request_passes():
    heard = []

    async def app(scope, receive, send):
        heard.append(scope["type"])

    asyncio.run(Guard(app, LOCAL)({"type": "lifespan"}, None, None))
    assert heard == ["lifespan"]
