"""Options objects: what a large function may be told, each default, range and meaning in one place.

Three read the same fields: Python, where a value that cannot be is refused when the object is made; the command line,
which makes its options of them (`pincel.cli.options.with_options`); and the server (`pincel.serve.options`). Nothing
heavy is imported, since ``pincel --help`` reads all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pincel.errors import PincelError, pick

__all__ = ["Option", "Options", "option", "options_of"]


@dataclass(frozen=True)
class Option:
    """What is known of one option.

    Attributes:
        name: of the field.
        kind: of a value: str, int, float, bool or Path. many: whether several may be given.
        default: when it is not given.
        text: what it means, for a person.
        low, high: ends of its range, both allowed; None: it has none.
        choices: words that it may be; empty: any.
    """

    name: str
    kind: type
    many: bool
    default: Any
    text: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    def check(self, value: Any) -> None:
        """Refuse what is out of range; None, where an option has no value, is not.

        Raises:
            PincelError: it is.
        """
        if self.choices and value is not None:
            pick(dict.fromkeys(self.choices), value, self.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise PincelError(f"{self.name} {value} is no finite number")
        if isinstance(value, int | float) and self.low is not None and value < self.low:
            raise PincelError(f"{self.name} {value:g} is too small; give {self.low:g} or more")
        if isinstance(value, int | float) and self.high is not None and value > self.high:
            raise PincelError(f"{self.name} {value:g} is too large; give {self.high:g} or less")


class Options:
    """Base of options objects, which are frozen data classes; fields that are not made by `option` are Python's only.

    Raises:
        PincelError: a value that an option cannot have.
    """

    def __post_init__(self) -> None:
        for one in options_of(type(self)):
            one.check(getattr(self, one.name))


def option(default: Any, text: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A field of an options object; see `Option`."""
    return field(default=default, metadata={"text": text, "low": low, "high": high})


@cache
def options_of(kind: type[Options]) -> tuple[Option, ...]:
    """The options of an object, in order."""
    hints = get_type_hints(kind)
    return tuple(_made(one, hints[one.name]) for one in fields(kind) if "text" in one.metadata)  # type: ignore[arg-type]


def _made(one: Field[Any], hint: Any) -> Option:
    """The first kind of several counts: what a person types; Python may give others."""
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kind = next(each for each in hints if each is not NoneType)
    many = get_origin(kind) is Sequence
    kind = get_args(kind)[0] if many else kind
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    return Option(one.name, str if choices else kind, many, one.default, choices=choices, **one.metadata)
