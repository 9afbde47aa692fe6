"""Around every request: whether it is answered at all, and what browsers may do with the answers."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pincel.serve.gate import Gate
from pincel.serve.problems import MEDIA_TYPE, Problem

__all__ = ["CONTENT_SECURITY_POLICY", "Guard"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Refuses what the gate does not let in, answers HEAD as GET, and adds the headers of safety to every answer.

    Args:
        app: what is guarded.
        gate: who may ask.
        requests: how many may be inside at once.
    """

    def __init__(self, app: FastAPI, gate: Gate, requests: int = 256) -> None:
        self.app, self.gate, self.requests = app, gate, requests
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self.gate.seen(scope)
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope["method"] = "GET"
        in_api = scope["path"].startswith(scope["root_path"] + "/api/")

        replaced: Problem | None = None  # the framework's own words, in plain text

        async def guarded(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] >= 400 and headers.get("content-type", "").startswith("text/plain"):
                    replaced = Problem(message["status"], "the request cannot be answered as it is; see /docs")
                    headers.update({"Content-Type": MEDIA_TYPE, "Content-Length": str(len(replaced.response().body))})
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store" if in_api else "no-cache")
            elif replaced is not None:
                message = {**message, "body": b"" if message.get("more_body") else replaced.response().body}
            if is_head and "body" in message:
                message = {**message, "body": b""}
            await send(message)

        self.inside += 1
        try:
            await self._answering(scope)(scope, receive, guarded)
        finally:
            self.inside -= 1

    def _answering(self, scope: Scope) -> ASGIApp:
        if self.inside > self.requests:
            return Problem(503, "too many requests at once; send it again", {"Retry-After": "1"}).response()
        if problem := self.gate.refusal(scope):
            return problem.response()
        if scope["root_path"] and scope["path"] == scope["root_path"]:  # links of the page are relative
            return RedirectResponse(scope["root_path"] + "/", 308)
        return self.app
