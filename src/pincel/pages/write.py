"""A report's files: written whole or not at all, with what is needed to make them again."""

from __future__ import annotations

import io
import json
import math
import platform
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import Image

from pincel.errors import PincelError
from pincel.files import write_atomically

__all__ = ["command_line", "finite", "json_text", "png_bytes", "versions", "write_files"]


def write_files(folder: Path, files: Mapping[str, str], figures: Mapping[str, bytes] | None = None) -> None:
    r"""Write a report into a folder, each file whole or not at all, the figures first.

    Args:
        folder: made when it does not exist.
        files: texts by file name. What they tell of other people's files may hold bytes that are no text: these are
            shown as ``\udcXX``.
        figures: PNG files by name: ``loss`` is written to ``figures/loss.png``.

    Raises:
        PincelError: the folder cannot be written.
    """
    contents = {f"figures/{name}.png": data for name, data in (figures or {}).items()}
    contents |= {name: text.encode("utf-8", "backslashreplace") for name, text in files.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            write_atomically(folder / name, data)
    except OSError as error:
        raise PincelError(f"the report cannot be written to {folder}: {error.strerror}; choose another -o") from None


def png_bytes(picture: Image.Image) -> bytes:
    """A picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def json_text(content: Any) -> str:
    """JSON values as the text of a report's file; a number that is not finite is an error, see `finite`."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def finite(value: Any) -> Any:
    """The value with None for every number that JSON cannot write.

    >>> finite({"low": float("nan"), "all": (1.5, float("inf"))})
    {'low': None, 'all': [1.5, None]}
    """
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def command_line() -> str:
    """This process's command line, however it was started."""
    return shlex.join(["pincel", *sys.argv[1:]])


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of the packages that are installed, and of Python."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a package that only some reports of a kind need
            continue
    return found | {"python": platform.python_version()}
