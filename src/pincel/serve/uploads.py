"""Takes in the bodies of requests: counted while they come, bounded one by one and together, never on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from pincel.serve.forms import Form, Upload, boundary_of
from pincel.serve.problems import Problem
from pincel.serve.settings import Limits

__all__ = ["Intake"]

START = b"\r\n"  # before every body, so that the first boundary of a form looks as the others do


class Intake:
    """All bodies in the house; used from the event loop alone.

    Attributes:
        sending: how many are on their way.
        held: bytes of all that came and are not done with.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sending = self.held = 0

    @asynccontextmanager
    async def upload(self, request: Request) -> AsyncIterator[Upload]:
        """The picture of a form, or the whole body when it is none; its bytes count as long as the block runs.

        Raises:
            Problem: too large (413), too slow (408), too many others (429), no picture in it (422), or not a form as
                it says (400).
            ClientDisconnect: nobody is there any more.
        """
        boundary = boundary_of(request.headers.get("content-type"))
        declared = request.headers.get("content-length", "")
        if (
            declared.isdecimal() and int(declared[:20]) > self.limits.body_bytes
        ):  # an honest client need not send it all
            raise self._too_large()
        if self.sending >= self.limits.uploads:
            raise _too_many()
        body = bytearray(START)
        form = None if boundary is None else Form(boundary, body)
        try:
            self.sending += 1
            try:
                await self._take_in(request, body, form)
            finally:
                self.sending -= 1
            yield Upload(memoryview(body)[len(START) :]) if form is None else form.upload()
        finally:
            self.held -= len(body) - len(START)

    async def _take_in(self, request: Request, body: bytearray, form: Form | None) -> None:
        limits, now = self.limits, asyncio.get_running_loop().time
        begin, more = now(), True
        try:
            async with asyncio.timeout(limits.pause_seconds) as patience:
                while more:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    more = message.get("more_body", False)
                    if not (chunk := message.get("body", b"")):
                        continue
                    body += chunk
                    self.held += len(chunk)
                    came = len(body) - len(START)
                    if came > limits.body_bytes:
                        raise self._too_large()
                    if self.held > limits.held_bytes:
                        raise _too_many()
                    if form is not None:
                        form.look()
                    end = begin + limits.upload_seconds + came / limits.upload_rate
                    patience.reschedule(min(now() + limits.pause_seconds, end))
        except TimeoutError:
            raise Problem(
                408, "the upload stood still for too long, or was too slow; send it again", {"Connection": "close"}
            ) from None

    def _too_large(self) -> Problem:
        return Problem(
            413,
            f"the body is larger than {self.limits.megabytes:g} MB; send a smaller picture, or start the server with a "
            "larger --max-mb",
        )


def _too_many() -> Problem:
    return Problem(429, "too many pictures are being sent; send it again in 2 seconds", {"Retry-After": "2"})
