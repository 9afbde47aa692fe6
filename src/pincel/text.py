"""Words that go with numbers."""

from __future__ import annotations

__all__ = ["counted", "shorten"]


def counted(count: float, one: str, many: str = "") -> str:
    """A number and its noun; a share below ten has two digits, what is larger is rounded.

    >>> counted(1, "photo"), counted(1200, "photo"), counted(2, "class", "classes"), counted(0.25, "epoch")
    ('1 photo', '1,200 photos', '2 classes', '0.25 epochs')
    """
    number = f"{count:.2g}" if 0 < count < 9.95 else f"{count:,.0f}"
    return f"{number} {one if number == '1' else many or one + 's'}"


def shorten(text: str, length: int) -> str:
    """The text, or as much of its beginning as fits.

    >>> shorten("1234567", 7), shorten("12345678", 7)
    ('1234567', '1234...')
    """
    return text if len(text) <= length else f"{text[: length - 3]}..."
