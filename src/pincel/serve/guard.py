"""Around every request: who may ask at all, and what browsers may do with the answers."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from pincel.serve.problems import Problem

__all__ = ["CONTENT_SECURITY_POLICY", "Guard"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Refuses requests that other web sites make, and adds the headers of safety to every answer, errors too.

    Args:
        app: what is guarded.
        hosts: names by which the server may be called; others are a web site whose name was pointed here (DNS
            rebinding). None: any.
    """

    def __init__(self, app: FastAPI, hosts: Collection[str] | None) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        problem = self._refusal(scope)
        await (problem.response() if problem else self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        if self.hosts is not None and _host(headers.get("host", "")) not in self.hosts:
            return Problem(400, "this server is for programs on its own machine; call it 127.0.0.1 or localhost")
        if scope["path"].startswith("/api/") and headers.get("sec-fetch-site") == "cross-site":
            return Problem(403, "another web site's pages may not use this server")
        return None


def _host(header: str) -> str:
    """The name in a Host header, without port and brackets.

    >>> _host("[::1]:8000"), _host("LOCALHOST:8000"), _host("::")
    ('::1', 'localhost', '')
    """
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
