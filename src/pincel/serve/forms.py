"""Finds the parts of a form (multipart/form-data, RFC 7578) while it comes, and copies none. Text in it is UTF-8."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header

from pincel.serve.problems import Problem
from pincel.text import one_line

__all__ = ["FIELD", "Form", "Upload", "boundary_of", "safe_name"]

FIELD = "picture"  # the file
LONGEST_FIELD = 1000  # bytes of any other field
MOST_FIELDS = 20
LONGEST_BOUNDARY = 256
LONGEST_HEAD = 8192  # bytes, of a part


@dataclass(frozen=True)
class Upload:
    """A picture's bytes, the name its owner gave it, and the other fields of the form."""

    data: memoryview
    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def boundary_of(content_type: str | None) -> bytes | None:
    """What parts the form; None when the body is none. A ``charset`` is not looked at: RFC 7578 knows none.

    Raises:
        Problem: a form without a boundary, or with one that cannot be (400).
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return None
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise _malformed("no boundary in its Content-Type")
    return boundary


class Form:
    """One form on its way.

    Args:
        boundary: as of `boundary_of`.
        body: what came so far; it grows. Its first two bytes are CRLF, put before the form.
    """

    def __init__(self, boundary: bytes, body: bytearray) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._body = body
        self._found: list[int] = []
        self._looked_to = 0

    def look(self) -> None:
        """Look through what is new.

        Raises:
            Problem: more parts than any of our forms has (400).
        """
        while (at := self._body.find(self._delimiter, self._looked_to)) >= 0:
            self._found.append(at)
            self._looked_to = at + len(self._delimiter)
            if len(self._found) > MOST_FIELDS + 2:  # the file, and the end
                raise _malformed(f"more than {MOST_FIELDS} fields")
        self._looked_to = max(self._looked_to, len(self._body) - len(self._delimiter) + 1)

    def upload(self) -> Upload:
        """The file and the fields, when all is there.

        Raises:
            Problem: it is not a form as it should be (400), or has no whole picture (422).
        """
        if not self._found:
            raise _malformed("its boundary is not in it")
        picture: Upload | None = None
        fields: dict[str, str] = {}
        for start, end in zip(self._found, self._found[1:], strict=False):
            name, file_name, data = self._part(start + len(self._delimiter), end)
            if file_name is None:
                if len(data) > LONGEST_FIELD:
                    raise _malformed(f"a field of more than {LONGEST_FIELD} bytes")
                fields[name] = _text(bytes(data))
            elif picture is not None:
                raise _malformed("more than one file")
            elif name == FIELD:
                picture = Upload(data, safe_name(file_name), fields)
        if picture is None:
            raise Problem(
                422, f"the form has no file named '{FIELD}', or it is cut off; send the picture in that field"
            )
        return picture

    def _part(self, start: int, end: int) -> tuple[str, str | None, memoryview]:
        """Name, file name and content of what lies between two delimiters."""
        head_end = self._body.find(b"\r\n\r\n", start, min(end, start + LONGEST_HEAD))
        line, *lines = bytes(self._body[start : max(head_end, start)]).split(b"\r\n")
        if head_end < 0 or line.strip(b" \t"):
            raise _malformed("a part without a head")
        for line in lines:
            header, _, value = line.partition(b":")
            if header.lower().strip() == b"content-disposition":
                options = parse_options_header(value.decode("latin-1"))[1]
                if b"name" in options:
                    file_name = options.get(b"filename")
                    content = memoryview(self._body)[head_end + 4 : end]
                    return _text(options[b"name"]), None if file_name is None else _text(file_name), content
        raise _malformed("a part without a name")


def safe_name(given: str | None) -> str | None:
    r"""A file name to show and to give back: no folders, no control characters, not long. It is never opened.

    >>> safe_name("../../etc/cr\\on\x00.jpg")
    'on.jpg'
    >>> safe_name("...") is None
    True
    """
    name = re.split(r"[/\\]", given or "")[-1]
    name = one_line(name).strip(" .")
    return name[-100:] or None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _malformed(why: str) -> Problem:
    return Problem(400, f"the form cannot be read ({why})")
