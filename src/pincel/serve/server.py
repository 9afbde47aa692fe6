"""Run the server until it is stopped."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from functools import partial

import uvicorn

from pincel.errors import PincelError
from pincel.serve.app import create_app
from pincel.serve.catalogue import find_models
from pincel.serve.connections import Connection
from pincel.serve.guard import Guard
from pincel.serve.settings import LOOPBACK, Limits, Settings

__all__ = ["config_of", "serve"]

SWITCH_SECONDS = 0.001  # after which a thread that looks after a worker gives way to the one that answers everybody


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

        def ready() -> None:
            root_path = guarded.gate.root_path
            behind = f"behind a proxy at {root_path}; " if root_path else ""
            say(f"Pincel is at {address} ({behind}Ctrl-C ends it).")
            if browser and _has_screen():
                webbrowser.open(address)

        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            _Server(config_of(guarded, settings.limits), ready, lambda: guarded.app.state.house.stop()).run(
                sockets=[listener]
            )
        except KeyboardInterrupt:  # uvicorn gives it back when all is closed
            say("Stopped.")


def config_of(guarded: Guard, limits: Limits) -> uvicorn.Config:
    """How uvicorn is to serve the application."""
    return uvicorn.Config(
        guarded,
        http=partial(Connection, limits=limits),  # type: ignore[arg-type]  # a class, as uvicorn sees it
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the gate knows whom to believe
        timeout_graceful_shutdown=3,
    )


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
