"""Reads the body of a request: counted while it comes, never longer than it may take, never on disk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from pincel.serve.problems import Problem
from pincel.serve.settings import Limits

__all__ = ["FIELD", "Upload", "read_upload", "safe_name"]

FIELD = "picture"  # of a form: the file
LONGEST_FIELD = 1000  # bytes of any other field
MOST_FIELDS = 20


@dataclass(frozen=True)
class Upload:
    """A picture's bytes, the name its owner gave it, and the other fields of the form."""

    data: bytes
    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def read_upload(request: Request, limits: Limits) -> Upload:
    """The picture of a form, or the whole body when it is none.

    Raises:
        Problem: too large (413), too slow (408), no picture in it (422), or not a form as it says (400).
        ClientDisconnect: nobody is there any more.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.body_bytes:  # an honest client need not send it all
        raise _too_large(limits)
    chunks = _chunks(request, limits)
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        return Upload(b"".join([chunk async for chunk in chunks]))
    return await _read_form(request, chunks)


async def _read_form(request: Request, chunks: AsyncGenerator[bytes, None]) -> Upload:
    parser = _InMemory(request.headers, chunks, max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, f"the form cannot be read ({error.message.rstrip('.')})") from None
    picture = form.get(FIELD)
    if not isinstance(picture, UploadFile):
        raise Problem(422, f"the form has no file named '{FIELD}', or it is cut off; send the picture in that field")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    upload = Upload(await picture.read(), safe_name(picture.filename), fields)
    await form.close()
    return upload


class _InMemory(MultiPartParser):
    """Starlette's parser, which would put files of more than a megabyte on disk."""

    spool_max_size = 1 << 60


async def _chunks(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    """The body as it comes."""
    end = time.monotonic() + limits.upload_seconds
    total = 0
    while True:
        try:
            message = await asyncio.wait_for(request.receive(), min(limits.pause_seconds, end - time.monotonic()))
        except TimeoutError:
            raise Problem(408, "the upload stood still for too long; send it again", {"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        total += len(chunk)
        if total > limits.body_bytes:
            raise _too_large(limits)
        if chunk:
            yield chunk
        if not message.get("more_body", False):
            return


def _too_large(limits: Limits) -> Problem:
    return Problem(
        413,
        f"the body is larger than {limits.megabytes:g} MB; send a smaller picture, or start the server with a larger "
        "--max-mb",
    )


def safe_name(given: str | None) -> str | None:
    r"""A file name to show and to give back: no folders, no control characters, not long. It is never opened.

    >>> safe_name("../../etc/cr\\on\x00.jpg")
    'on.jpg'
    >>> safe_name("...") is None
    True
    """
    name = re.split(r"[/\\]", given or "")[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip(" .")
    return name[-100:] or None
