"""Words that go with numbers."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: float, one: str, many: str = "") -> str:
    """A number and its noun; what is not whole has two digits.

    >>> counted(1, "photo"), counted(1200, "photo"), counted(2, "class", "classes"), counted(0.25, "epoch")
    ('1 photo', '1,200 photos', '2 classes', '0.25 epochs')
    """
    number = f"{count:,.0f}" if count == int(count) else f"{count:.2g}"
    return f"{number} {one if count == 1 else many or one + 's'}"
