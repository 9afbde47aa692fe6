"""What goes wrong in a way the user can mend: one sentence that says what and how."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

__all__ = [
    "ModelError",
    "PictureError",
    "PincelError",
    "PincelWarning",
    "RecipeError",
    "did_you_mean",
    "join",
    "pick",
]

T = TypeVar("T")
CLOSE = 0.7  # of 0..1: how alike two names are that one may stand for the other by mistake


class PincelError(Exception):
    """Base of every expected failure; its message is one sentence for the user, shown without a traceback."""


class PictureError(PincelError):
    """A picture cannot be read or written.

    Args:
        message: as of `PincelError`.
        elsewhere: what a client of a server is told instead, who can mend nothing on its machine.
    """

    def __init__(self, message: str, elsewhere: str = "") -> None:
        super().__init__(message)
        self.elsewhere = elsewhere or message


class ModelError(PincelError):
    """A model file is missing, is not ours, or does another task."""


class RecipeError(PincelError):
    """A recipe has an unknown key or a wrong value."""


class PincelWarning(UserWarning):
    """Something that the user should know of a picture that was painted all the same."""


def pick(table: dict[str, T], name: str, what: str, error: type[PincelError] = PincelError) -> T:
    """``table[name]``, or an error that lists the known names.

    >>> pick({"a": 1}, "a", "letter")
    1
    >>> pick({"a": 1}, "b", "letter")
    Traceback (most recent call last):
    pincel.errors.PincelError: unknown letter 'b'; known: a
    """
    if name in table:
        return table[name]
    raise error(f"unknown {what} '{name}'{did_you_mean(name, table)}; known: {join(table)}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name that is spelt nearly so, as an addition to a sentence; empty when there is none.

    Of names with parts, as ``data.size``, the last part alone will do.

    >>> did_you_mean("data.siez", ["data.size", "data.split"]), did_you_mean("batch", ["data.batch"])
    (" (did you mean 'data.size'?)", " (did you mean 'data.batch'?)")
    >>> did_you_mean("x", ["data.size"])
    ''
    """
    names = list(known)
    short = {one.rpartition(".")[2]: one for one in reversed(names)}
    for table in ({one: one for one in names}, short):
        if near := get_close_matches(name, table, 1, CLOSE):
            return f" (did you mean '{table[near[0]]}'?)"
    return ""


def join(words: Iterable[str]) -> str:
    """The words in order, separated by commas."""
    return ", ".join(sorted(words))
