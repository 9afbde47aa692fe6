"""Answers: pictures with facts in their headers, sent in pieces that a client must fetch in time."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pincel.imaging.write import FORMATS
from pincel.serve.workers import Result

__all__ = ["PictureAnswer", "painted_answer"]

PIECE = 256 * 1024  # bytes
MEDIA_TYPES = {name: f"image/{name}" for name in FORMATS}


class PictureAnswer(Response):
    """Bytes of a picture. A client that does not read on for ``pause_seconds`` is left."""

    def __init__(self, data: bytes, media_type: str, headers: dict[str, str], pause_seconds: float) -> None:
        super().__init__(data, 200, headers, media_type)
        self._pause = pause_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        data = memoryview(self.body)
        for start in range(0, max(1, len(data)), PIECE):
            piece = {"type": "http.response.body", "body": bytes(data[start : start + PIECE])}
            more = start + PIECE < len(data)
            try:
                await asyncio.wait_for(send({**piece, "more_body": more}), self._pause)
            except TimeoutError:
                return  # the server closes what is not complete


def painted_answer(result: Result, model: str, name: str | None, word: str, pause_seconds: float) -> PictureAnswer:
    """A painted picture, and how it came about.

    Args:
        result: of a painting worker.
        model: that painted it.
        name: what the client calls its picture.
        word: what is put behind it: ``coloured``, ``painted``.
        pause_seconds: see `PictureAnswer`.
    """
    facts = result.facts
    times = {"wait": result.waited} | {stage: facts[stage] for stage in ("decode", "paint", "encode")}
    stem = (name or "picture").rsplit(".", 1)[0] or "picture"
    new_name = f"{stem}-{word}{FORMATS[facts['format']]}"
    plain_name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in new_name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(new_name)}",
        "Server-Timing": ", ".join(f"{stage};dur={1000 * seconds:.1f}" for stage, seconds in times.items()),
        "X-Pincel-Model": quote(model),
        "X-Pincel-Size": f"{facts['width']}x{facts['height']}",
    }
    if facts["note"]:
        headers["X-Pincel-Note"] = quote(facts["note"], safe=" ',:()")
    if facts["label"] is not None:
        headers["X-Pincel-Label"] = quote(facts["label"], safe=" ")
    return PictureAnswer(result.data, MEDIA_TYPES[facts["format"]], headers, pause_seconds)
