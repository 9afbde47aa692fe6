"""Run the server until it is stopped."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import webbrowser
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pincel.errors import PincelError
from pincel.serve.app import create_app
from pincel.serve.catalogue import find_models
from pincel.serve.settings import LOOPBACK, Settings

__all__ = ["serve"]

MOST_CONNECTIONS = 256
REQUEST_SECONDS = 20.0  # in which a new connection must have sent the head of a request


def serve(settings: Settings, *, browser: bool = False, say: Callable[[str], None] = print) -> None:
    """Serve the page and the API until Ctrl-C.

    Args:
        settings: see `Settings`.
        browser: open the page when there is a screen.
        say: called with each line for the person who started it.

    Raises:
        PincelError: the address cannot be had, or a model cannot be loaded.
    """
    with _listen(settings.host, settings.port) as listener:
        address = _address(settings.host, listener.getsockname()[1])
        catalogue = find_models(settings.models)
        if settings.models and catalogue.runs and catalogue.why_not:
            say(catalogue.why_not)
        if settings.host not in LOOPBACK and settings.token is None:
            say(f"Everybody who reaches {settings.host} can use this server; --token SECRET keeps strangers out.")
        guarded = create_app(settings, catalogue)
        config = uvicorn.Config(
            guarded,
            http=_Protocol,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=3,
        )

        def ready() -> None:
            say(f"Pincel is at {address} (Ctrl-C ends it).")
            if browser and _has_screen():
                webbrowser.open(address)

        try:
            _Server(config, ready, lambda: guarded.app.state.house.stop()).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn gives it back when all is closed
            say("Stopped.")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready, self._stopping = ready, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()  # requests are answered at once, and uvicorn need not wait for them
        await super().shutdown(sockets)


class _Protocol(H11Protocol):
    """Closes connections that never ask for anything."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(REQUEST_SECONDS, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        number = error.errno or 0  # names that are not found have negative ones, and words of their own
        why = os.strerror(number) if number > 0 else error.strerror
        raise PincelError(f"{host}:{port} cannot be listened at ({why}); choose another --port or --host") from None


def _address(host: str, port: int) -> str:
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{named}:{port}"


def _has_screen() -> bool:
    """Whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
