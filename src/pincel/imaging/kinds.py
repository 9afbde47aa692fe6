"""What kind of file it is, told by its first bytes; a name says nothing."""

from __future__ import annotations

import re

from pincel.errors import PictureError

__all__ = ["HEAD_BYTES", "KINDS", "kind_of", "named", "require_kind"]

HEAD_BYTES = 64  # as many of a file as `kind_of` looks at

# what Pillow and the command line call the kinds that are read
KINDS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "tiff": "TIFF",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "pnm": "PPM",
    "jp2": "JPEG2000",
    "avif": "AVIF",
    "heic": "HEIF",
}

_STARTS: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\xd8\xff", "jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "png"),
    (rb"II\*\0.{4}CR|IIU\0|IIR[OS]|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM", "raw"),
    (rb"II[*+]\0|MM\0[*+]", "tiff"),
    (rb"RIFF.{4}WEBP", "webp"),
    (rb"GIF8[79]a", "gif"),
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "bmp"),
    (rb"P[1-6f][\s#]", "pnm"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "jp2"),
    (rb".{4}ftyp.{0,48}?(avif|avis)", "avif"),
    (rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", "heic"),
    (rb".{4}ftypcrx", "raw"),
    (rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI |\0\0\x01[\xba\xb3]", "video"),
    (rb"%PDF|.{0,32}%PDF-", "pdf"),
    (rb"8BPS", "psd"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "jxl"),
    (rb"\0\0\x01\0", "ico"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "eps"),
    (rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b", "archive"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml.{0,40})?<svg", "svg"),
    (rb"(\xef\xbb\xbf)?\s*<(!DOCTYPE html|html|!doctype html)", "html"),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in _STARTS)

# what a file is that is not read, and what to do about it
_NAMES = {
    "raw": ("a camera's raw file", "develop it with the camera's program and give the TIFF or JPEG"),
    "video": ("a video", "save the pictures that you want from it"),
    "pdf": ("a PDF", "save its pages as pictures (PNG, TIFF)"),
    "psd": ("a Photoshop file", "save it as TIFF or PNG"),
    "jxl": ("a JPEG XL picture", "save it as PNG or TIFF"),
    "ico": ("an icon", "save it as PNG"),
    "eps": ("a PostScript file", "save it as PNG or TIFF"),
    "svg": ("a drawing of lines (SVG)", "save it as PNG"),
    "archive": ("an archive", "unpack it and give the pictures in it"),
    "html": ("a web page", "save the picture itself, not the page"),
}


def kind_of(head: bytes) -> str:
    """The kind of a file: a key of `KINDS`, another that has a name here, or ``unknown``.

    Args:
        head: its first `HEAD_BYTES` bytes.

    >>> kind_of(b"%PDF-1.7")
    'pdf'
    """
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head[:HEAD_BYTES])), "unknown")


def named(kind: str) -> str:
    """What a kind that is not read is called in a summary.

    >>> named("pdf")
    'PDF'
    """
    title = _NAMES.get(kind, ("without a picture inside", ""))[0]
    return title.removeprefix("a ").removeprefix("an ")


def require_kind(head: bytes, name: str) -> str:
    """The kind of a picture that can be read.

    Raises:
        PictureError: it is something else; says what.
    """
    kind = kind_of(head)
    if kind in KINDS:
        return kind
    if kind in _NAMES:
        what, mend = _NAMES[kind]
        raise PictureError(f"{name} is {what}, not a picture that can be read; {mend}")
    raise PictureError(f"{name} is not a picture that can be read (JPEG, PNG, TIFF, WebP, GIF, BMP, PPM, AVIF, HEIC)")
