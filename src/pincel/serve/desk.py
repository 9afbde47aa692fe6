"""The desk: how many requests may be in the house, what they are called, and what becomes of each."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from pincel.serve.problems import Problem
from pincel.serve.worker import Cancelled
from pincel.serve.workers import Result, Task, WorkerPool

__all__ = ["Desk", "Ticket"]

REMEMBERED = 256  # finished requests whose names are still known


@dataclass
class Ticket:
    """One request, from its first byte to its answer."""

    name: str | None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    pool: WorkerPool | None = None
    task: Task | None = None

    async def run(self, request: Request, pool: WorkerPool, task: Task) -> Result:
        """Have an order carried out; it ends early when the client hangs up or cancels.

        Raises:
            ClientDisconnect: the client hung up.
            PincelError: the worker's sentence, or `Cancelled`.
        """
        if self.cancelled.is_set():
            raise Cancelled("the request was cancelled")
        self.pool, self.task = pool, task
        pool.submit(task)
        result = asyncio.wrap_future(task.future)
        gone = asyncio.ensure_future(_hung_up(request))
        try:
            await asyncio.wait({result, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise ClientDisconnect
            return result.result()
        finally:
            gone.cancel()
            if not result.done():
                task.cancel()
                with suppress(Cancelled):
                    await result

    def cancel(self) -> None:
        """Give it up, whatever it is doing."""
        self.cancelled.set()
        if self.task is not None:
            self.task.cancel()


class Desk:
    """Places and names; used from the event loop alone."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self._named: dict[str, Ticket] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._mean_seconds = 1.0

    @contextmanager
    def named(self, name: str | None) -> Iterator[Ticket]:
        """A request that is known as long as the block runs; it has no place yet.

        Args:
            name: what the client calls the request (a UUID), to ask for its progress; or None.

        Raises:
            Problem: the name is no UUID (422) or in use (409); no place is free, so that it need not be sent (429).
        """
        if name is not None:
            name = _checked(name)
            if name in self._named:
                raise Problem(409, f"a request named {name} is being worked on; give every request a new X-Request-ID")
        self._check_room()
        ticket = Ticket(name)
        if name is not None:
            self._named[name] = ticket
        try:
            yield ticket
        finally:
            if name is not None:
                del self._named[name]
                self._finished[name] = None
                while len(self._finished) > REMEMBERED:
                    self._finished.popitem(last=False)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place as long as the block runs; for requests whose body is there.

        Raises:
            Problem: no place is free (429).
        """
        self._check_room()
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    def took(self, seconds: float) -> None:
        """Note how long a picture took, to say when to come again."""
        self._mean_seconds += 0.2 * (seconds - self._mean_seconds)

    def progress(self, name: str) -> dict[str, object]:
        """Where a request is: ``state``, and ``position`` in the queue or ``stage`` of the work."""
        name = _checked(name)
        ticket = self._named.get(name)
        if ticket is None:
            return {"state": "done" if name in self._finished else "unknown"}
        task = ticket.task
        if task is None or ticket.pool is None:
            return {"state": "waiting", "position": 0}  # is being sent
        if task.began is None:
            return {"state": "waiting", "position": ticket.pool.position(task)}
        return {"state": "working", "position": 0, "stage": task.stage}

    def cancel(self, name: str) -> None:
        """Give up a request.

        Raises:
            Problem: there is none of this name (404).
        """
        ticket = self._named.get(_checked(name))
        if ticket is None:
            raise Problem(404, f"no request named {name[:60]} is being worked on")
        ticket.cancel()

    def _check_room(self) -> None:
        if self.taken >= self.places:
            seconds = max(1, math.ceil(self._mean_seconds))
            raise Problem(
                429,
                f"all {self.places} places are taken; send it again in {seconds} seconds",
                {"Retry-After": str(seconds)},
            )


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _checked(name: str) -> str:
    try:
        return str(uuid.UUID(name))
    except ValueError:
        raise Problem(422, f"'{name[:60]}' does not name a request; X-Request-ID is a UUID") from None
