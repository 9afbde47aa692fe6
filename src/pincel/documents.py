"""YAML and JSON that others wrote: bounded before anything is built of it, every failure is a `ValueError`.

A few bytes can ask for very much: aliases of aliases double with each line (a "billion laughs" bomb), thousands of open
brackets end the interpreter's stack, a number of thousands of digits takes its time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pincel.text import shorten

__all__ = ["MOST_DEPTH", "first_problem", "leaves", "parse_json", "parse_yaml", "read_yaml"]

MOST_BYTES = 1_000_000  # of a YAML text; the longest recipe has 3,000
MOST_NODES = 20_000  # values, keys, lists and mappings, those that aliases repeat counted again
MOST_DEPTH = 32  # lists and mappings inside each other
MOST_DIGITS = 100  # characters of a number
PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:str")
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def parse_yaml(text: str | bytes) -> Any:
    """What a YAML text says.

    Args:
        text: of a file or of the command line.

    Raises:
        ValueError: it is not YAML, not UTF-8, larger or deeper than anything sensible, or has a number that is
            infinite or none at all (``.nan``); the message goes on from "it" or names a place.
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"it is longer than {MOST_BYTES:,} characters")
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    try:
        _check_size(yaml.parse(text, Loader=yaml.SafeLoader))
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    for key, value in leaves(content):
        if isinstance(value, str) and not value.isascii():
            value.encode("utf-8")  # "\ud800" is half a character: it could not be written again
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{(key and repr(key)) or 'it'} is {value}; give a finite number")
    return content


def read_yaml(path: Path | Traversable) -> Any:
    """What a YAML file says; no more of it is read than `parse_yaml` takes.

    Raises:
        OSError: it cannot be opened.
        ValueError: see `parse_yaml`.
    """
    with path.open("rb") as file:
        return parse_yaml(file.read(MOST_BYTES + 1))


def parse_json(text: str | bytes) -> Any:
    """What a JSON text says; numbers that are not finite are let through, as Python writes them.

    Raises:
        ValueError: it is not JSON, not UTF-8, or nested too deep.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def first_problem(error: Exception) -> str:
    """What is wrong with a document, in one line; of pydantic's findings the first, with its key."""
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False)[0]
        return ": ".join([".".join(map(str, problem["loc"])) or "it", problem["msg"]])
    line = f"it has no {error}" if isinstance(error, KeyError) else next(iter(str(error).splitlines()), "")
    return shorten(line or type(error).__name__, 120)


def _check_size(events: Iterable[yaml.Event]) -> None:
    """Refuse what would be too large once built; only as much is read as is allowed."""
    resolve = yaml.SafeLoader("").resolve
    total = 0  # nodes
    opened: list[_Opened] = []
    anchors: dict[str, tuple[int, int]] = {}  # nodes behind each finished one, and how deep they are nested
    for event in events:
        where = f"line {event.start_mark.line + 1}"
        if getattr(event, "tag", None) not in PLAIN_TAGS:
            raise ValueError(f"{where} has the tag {event.tag}; leave it out")  # type: ignore[attr-defined]
        if isinstance(event, yaml.CollectionEndEvent):
            one = opened.pop()
            if one.anchor is not None:
                anchors[one.anchor] = total - one.before, one.deepest - len(opened)
            if opened:
                opened[-1].deepest = max(opened[-1].deepest, one.deepest)
            continue
        count, depth = 1, 0
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(_Opened(event.anchor, total, len(opened) + 1))
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                anchors[event.anchor] = 1, 0
            if resolve(yaml.ScalarNode, event.value, event.implicit) in NUMBERS and len(event.value) > MOST_DIGITS:
                raise ValueError(f"{where} has a number of {len(event.value):,} digits")
        elif isinstance(event, yaml.AliasEvent):
            if any(one.anchor == event.anchor for one in opened):
                raise ValueError(f"{where} repeats itself without end (*{event.anchor})")
            count, depth = anchors.get(event.anchor, (1, 0))
            if opened:
                opened[-1].deepest = max(opened[-1].deepest, len(opened) + depth)
        total += count
        if total > MOST_NODES:
            raise ValueError(f"it has more than {MOST_NODES:,} values, those that aliases repeat counted again")
        if len(opened) + depth > MOST_DEPTH:
            raise ValueError(f"it is nested deeper than {MOST_DEPTH} lists or mappings")


@dataclass
class _Opened:
    """A list or mapping that has begun: its anchor, the nodes before it, the deepest place inside it so far."""

    anchor: str | None
    before: int
    deepest: int


def leaves(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no list and no mapping, and every key, by its dotted place."""
    if not isinstance(content, dict | list):
        yield key, content
        return
    for name, value in content.items() if isinstance(content, dict) else enumerate(content):
        yield key, name
        yield from leaves(value, f"{key}.{name}".lstrip("."))
