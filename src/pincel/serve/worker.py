"""The inside of a worker process: it takes orders from a pipe until the server is gone."""

from __future__ import annotations

import signal
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

from pincel.errors import PincelError

__all__ = ["GO", "STOP", "Cancelled", "Tell", "Work", "WorkerFailed", "live"]

STOP, GO = "stop", "go"  # what a worker is told while it works
BIG_PIXELS = 24_000_000  # larger pictures are decoded and painted one at a time, to bound memory


class WorkerFailed(PincelError):
    """A worker died or met a fault of ours; the request may be sent again."""


class Cancelled(PincelError):
    """Nobody waits for the order any more."""


class Tell:
    """How a worker says what it does, and hears that it need not go on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stage(self, name: str) -> None:
        """A new stage begins, with its own time limit."""
        if self._connection.poll() and self._connection.recv() == STOP:
            raise Cancelled("cancelled")
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
    work.prepare()
    tell = Tell(connection)
    with suppress(EOFError, OSError):
        connection.send(("ready", None))
        while True:
            told = connection.recv()
            if told in (STOP, GO):  # came too late
                continue
            order, threads = told
            data = connection.recv_bytes()
            try:
                facts, result = work.do(order, data, threads, tell)
            except PincelError as error:
                connection.send(("failed", error))
            except MemoryError:
                connection.send(("failed", WorkerFailed("the picture needs more memory than there is now")))
            except (EOFError, BrokenPipeError):
                return
            except Exception:
                traceback.print_exc()  # to the server's log; the client gets a sentence
                fault = "something went wrong in the server; its log says what"
                connection.send(("failed", WorkerFailed(fault)))
            else:
                connection.send(("done", facts))
                connection.send_bytes(result)
