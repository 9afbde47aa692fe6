"""What lies in an output folder: a line a finished result says of what and how it was made (``OUT/.pincel.jsonl``)."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

__all__ = ["INDEX", "Finished", "Standing", "digest_of", "results_in"]

INDEX = ".pincel.jsonl"
Standing = Literal["missing", "done", "outdated", "foreign"]
KEYS = {"result", "source_bytes", "source_mtime_ns", "source_digest", "made_with", "result_bytes"}


class Finished:
    """The index of an output folder.

    Args:
        folder: the output folder.
        made_with: how results are made now: the model's digest and every option.
        is_default: whether no option was changed; results without a line then count as made so.

    Attributes:
        set_aside: a sentence where an index could not be understood.
        without_line: results that were taken as done without a line.
    """

    def __init__(self, folder: Path, made_with: Mapping[str, Any], is_default: bool) -> None:
        self._path = folder / INDEX
        self._made_with = dict(made_with)
        self._lock = threading.Lock()
        self.without_line = 0
        self.set_aside = ""
        self._lines = self._load()
        # also where a run with these options was killed between a result and its line
        made_so = any(line["made_with"] == self._made_with for line in self._lines.values())
        self._counts_without_line = is_default or made_so

    def standing(self, source: Path, target: Path) -> Standing:
        """What a result that may be there is.

        Returns:
            ``missing``; ``done``: made of this photo in this way; ``outdated``: made of this photo, but in another way;
            ``foreign``: of another photo, not made here, or changed since.
        """
        if not target.is_file():
            return "missing"
        line = self._lines.get(self._name(target))
        if line is None:
            if not self._counts_without_line:
                return "foreign"
            with self._lock:
                self.without_line += 1
            return "done"
        status = source.stat()
        is_same = (line["source_bytes"], line["source_mtime_ns"]) == (status.st_size, status.st_mtime_ns)
        if not is_same and (line["source_bytes"] != status.st_size or line["source_digest"] != digest_of(source)):
            return "foreign"
        if line["made_with"] == self._made_with:
            return "done"
        return "outdated" if target.stat().st_size == line["result_bytes"] else "foreign"

    def add(self, source: Path, target: Path, *, is_whole: bool = True) -> None:
        """Note a result that is there now.

        Args:
            source: the photo.
            target: the result.
            is_whole: whether nothing is missing in it; otherwise the next run makes it again.

        Raises:
            OSError: the index cannot be written.
        """
        status = source.stat()
        line = {
            "result": self._name(target),
            "source_bytes": status.st_size,
            "source_mtime_ns": status.st_mtime_ns,
            "source_digest": digest_of(source),
            "made_with": self._made_with if is_whole else {**self._made_with, "is_whole": False},
            "result_bytes": target.stat().st_size,
        }
        with self._lock:
            self._lines[line["result"]] = line
            with self._path.open("ab") as file:
                file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")

    def _name(self, target: Path) -> str:
        return os.path.relpath(target, self._path.parent)

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            data = self._path.read_bytes()
        except IsADirectoryError:
            return self._aside()
        except OSError:
            return {}
        *whole, rest = data.split(b"\n")
        lines: dict[str, dict[str, Any]] = {}
        try:
            for text in whole:
                line = json.loads(text.decode("utf-8", "surrogateescape"))
                if not isinstance(line, dict) or not line.keys() >= KEYS:
                    raise ValueError("another program's")
                lines[line["result"]] = line
        except (ValueError, RecursionError):
            return self._aside()
        if rest:  # killed while it was written: that result is made again
            with self._path.open("r+b") as file:
                file.truncate(len(data) - len(rest))
        return lines

    def _aside(self) -> dict[str, dict[str, Any]]:
        aside = next(p for n in range(1, 10_000) if not (p := self._path.with_name(f"{INDEX}.old{n}")).exists())
        self._path.replace(aside)
        self.set_aside = f"{self._path} is damaged or of another program; it was set aside as {aside.name}"
        return {}


def results_in(folder: Path) -> set[Path]:
    """The results that an output folder's index names."""
    try:
        lines = (folder / INDEX).read_bytes().splitlines()
        names = [json.loads(line.decode("utf-8", "surrogateescape"))["result"] for line in lines]
        return {folder.resolve() / name for name in names}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()  # none, or one that is set aside when something is painted


def digest_of(path: Path) -> str:
    """A digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
