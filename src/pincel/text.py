"""Words that go with numbers, and texts of others made fit to be shown."""

from __future__ import annotations

import unicodedata

__all__ = ["counted", "one_line", "printable", "shorten"]

HARMFUL = ("Cc", "Cf", "Cs", "Zl", "Zp")  # escapes, marks that turn the reading direction, halves of characters
JOINERS = "\u200c\u200d"  # Persian and emoji are written with them


def counted(count: float, one: str, many: str = "") -> str:
    """A number and its noun; a share below ten has two digits, what is larger is rounded.

    >>> counted(1, "photo"), counted(1200, "photo"), counted(2, "class", "classes"), counted(0.25, "epoch")
    ('1 photo', '1,200 photos', '2 classes', '0.25 epochs')
    """
    number = f"{count:.2g}" if 0 < count < 9.95 else f"{count:,.0f}"
    return f"{number} {one if number == '1' else many or one + 's'}"


def printable(text: str) -> str:
    r"""A text of somebody else without what would move a terminal's cursor or break a line of HTTP; lines stay.

    >>> printable("a\x1b[31mred\r\nb\u202e c")
    'a[31mred\nb c'
    """
    return "".join(
        sign for sign in text if sign in "\n\t" or sign in JOINERS or unicodedata.category(sign) not in HARMFUL
    )


def one_line(text: str) -> str:
    r"""A `printable` text as one line.

    >>> one_line(" a\x1b[31mred\r\n b")
    'a[31mred b'
    """
    return " ".join(printable(text).split())


def shorten(text: str, length: int) -> str:
    """The text, or as much of its beginning as fits.

    >>> shorten("1234567", 7), shorten("12345678", 7)
    ('1234567', '1234...')
    """
    return text if len(text) <= length else f"{text[: length - 3]}..."
