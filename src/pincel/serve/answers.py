"""Answers: pictures with facts in their headers, sent in pieces."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pincel.imaging.write import FORMATS
from pincel.serve.workers import Result

__all__ = ["BINARY", "MEDIA_TYPES", "PictureAnswer", "painted_answer"]

PIECE = 256 * 1024  # bytes
BINARY = "application/octet-stream"  # models and WebAssembly: packed already
MEDIA_TYPES = {name: f"image/{name}" for name in FORMATS}


class PictureAnswer(Response):
    """Bytes of a picture, in pieces: each is sent when the client has fetched the one before."""

    def __init__(self, data: bytes, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(data, 200, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        data = memoryview(self.body)
        for start in range(0, max(1, len(data)), PIECE):
            more = start + PIECE < len(data)
            piece = bytes(data[start : start + PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": more})


def painted_answer(result: Result, model: str, name: str | None, word: str) -> PictureAnswer:
    """A painted picture, and how it came about.

    Args:
        result: of a painting worker.
        model: that painted it.
        name: what the client calls its picture.
        word: what is put behind it: ``coloured``, ``painted``.
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
    if facts.get("notice"):
        headers["X-Pincel-Notice"] = facts["notice"]
    if facts.get("pages", 1) > 1:
        headers["X-Pincel-Pages"] = str(facts["pages"])
    if facts["label"] is not None:
        headers["X-Pincel-Label"] = quote(facts["label"], safe=" ")
    return PictureAnswer(result.data, MEDIA_TYPES[facts["format"]], headers)
