"""What goes wrong in a way the user can mend: one sentence that says what and how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = ["ModelError", "PictureError", "PincelError", "PincelWarning", "RecipeError", "pick"]


T = TypeVar("T")


class PincelError(Exception):
    """Base of every expected failure; its message is one sentence for the user, shown without a traceback."""


class PictureError(PincelError):
    """A picture cannot be read or written."""


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
    raise error(f"unknown {what} '{name}'; known: {join(table)}")


def join(words: Iterable[str]) -> str:
    """The words in order, separated by commas."""
    return ", ".join(sorted(words))
