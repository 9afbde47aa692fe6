"""The inside of a worker process: it takes orders from a pipe until the server is gone."""

from __future__ import annotations

import logging
import os
import signal
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

from pincel.errors import PictureError, PincelError

__all__ = ["GO", "STOP", "Cancelled", "Tell", "Work", "WorkerFailed", "live"]

STOP, GO = "stop", "go"  # what a worker is told while it works
NICE = 10  # the server's own process, which answers everybody, goes first
BIG_PIXELS = 24_000_000  # larger pictures are decoded and painted one at a time, to bound memory

log = logging.getLogger("pincel.serve")


class WorkerFailed(PincelError):
    """A worker died or met a fault of ours; the request may be sent again."""


class Cancelled(PincelError):
    """Nobody waits for the order any more."""


class Tell:
    """How a worker says what it does, and hears that it need not go on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.now: str | None = None

    def stage(self, name: str) -> None:
        """A new stage begins, with its own time limit."""
        if self._connection.poll() and self._connection.recv() == STOP:
            raise Cancelled("cancelled")
        self.now = name
        self._connection.send(("stage", name))

    def size(self, pixels: int) -> None:
        """How large the picture is; big ones wait here until no other big one is worked on."""
        if pixels > BIG_PIXELS:
            self._connection.send(("big", pixels))
            if self._connection.recv() == STOP:
                raise Cancelled("cancelled")


class Work(Protocol):
    """What a pool's workers do. It is pickled once to each worker."""

    def prepare(self) -> None:
        """Once, when the worker starts: heavy imports, models."""
        ...

    def do(self, order: Any, data: bytes, threads: int, tell: Tell) -> tuple[dict[str, Any], bytes]:
        """Carry out one order with so many threads; facts and bytes go back.

        Raises:
            PincelError: a sentence for the client.
        """
        ...


def live(connection: Connection, work: Work) -> None:
    """A worker's life; it ends when the server does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to hear
    if hasattr(os, "nice"):
        os.nice(NICE)
    work.prepare()
    with suppress(EOFError, OSError):
        connection.send(("ready", None))
        while True:
            message = connection.recv()
            if message in (STOP, GO):  # came too late
                continue
            order, threads = message
            data = connection.recv_bytes()
            tell = Tell(connection)
            try:
                facts, result = work.do(order, data, threads, tell)
            except PincelError as error:
                connection.send(("failed", error))
            except MemoryError:
                connection.send(("failed", WorkerFailed("the picture needs more memory than there is now")))
            except (EOFError, BrokenPipeError):
                return
            except Exception as error:
                connection.send(("failed", _failure(error, tell.now)))
            else:
                connection.send(("done", facts))
                connection.send_bytes(result)


def _failure(error: Exception, stage: str | None) -> PincelError:
    """What a client is told of an error that nobody expected; the server's log gets one line.

    Once a picture is being worked on, the error is this picture's: sent again, it would fail again.
    """
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {str(error)[:300]!r}"
    log.warning("a picture failed (%s): %s in %s, line %d", stage, said, place.filename, place.lineno)
    if stage is None:
        return WorkerFailed("something went wrong in the server; its log says what")
    return PictureError("the picture is of a kind that cannot be worked on; the server's log says why")
