"""One connection to a client: uvicorn's, with an end to everything that it would wait for without one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pincel.serve.problems import Problem
from pincel.serve.settings import Limits

__all__ = ["Connection"]


class _Patient:
    """A transport that closes when the client has sent what it is sending: it would not hear its answer otherwise.

    Args:
        transport: what closes.
        sending: whether the client is sending something.
        begins: called when the waiting begins.
    """

    def __init__(self, transport: asyncio.Transport, sending: Callable[[], bool], begins: Callable[[], None]) -> None:
        self._transport, self._sending, self._begins = transport, sending, begins
        self.waits = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self.waits or self._transport.is_closing()

    def end(self) -> None:
        self._transport.close()

    def close(self) -> None:
        if self.is_closing() or not self._sending():
            self.end()
            return
        self.waits = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._begins()


class Connection(H11Protocol):
    """Must send the head of a request in time, fetch its answer in time, and leaves when too many others come.

    Args:
        limits: the times; and ``requests``, the number of connections from which those that ask for nothing are closed.
    """

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self.rests_since = 0.0

    @property
    def rests(self) -> bool:
        """Whether nothing is owed to the client."""
        return self.cycle is None or self.cycle.response_complete or self._patient.waits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        # asyncio does so for its own sockets only; without it a body waits 40 ms for its head to be acknowledged
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._patient = _Patient(transport, self._is_sending, self._rest)
        super().connection_made(self._patient)  # type: ignore[arg-type]  # it behaves as one
        self._rest()
        if len(self.connections) > self._limits.requests:
            others = [one for one in self.connections if isinstance(one, Connection) and one is not self and one.rests]
            if others:
                oldest = min(others, key=lambda one: one.rests_since)
                self.connections.discard(oldest)
                oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on, unless nobody listens."""
        if not self._patient.waits:
            super().data_received(data)

    def eof_received(self) -> None:
        """The client has sent all that it had to."""
        if self._patient.waits:
            self._patient.end()

    def on_response_complete(self) -> None:
        """Wait for the next request: what is left of this one, and half a head, keep nothing open."""
        self._rest()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        for timer in (self._timer, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to fetch what was sent."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.pause_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It did."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def _should_upgrade(self) -> bool:
        return False  # and no two lines in the log for everybody who asks

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, where that can still be said, and close."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # what is worked on has no way back
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = Problem(400, "this is no HTTP request that can be read").response()
            headers = [*answer.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_sending(self) -> bool:
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.rests_since = self.loop.time()
        self._timer = self.loop.call_later(self._limits.head_seconds, self._close_if_it_rests)

    def _close_if_it_rests(self) -> None:
        if self.rests:
            self._patient.end()
