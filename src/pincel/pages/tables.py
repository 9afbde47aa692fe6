"""Numbers as a report's tables and sentences show them."""

from __future__ import annotations

import math

__all__ = ["MISSING", "interval", "number"]

MISSING = "–"


def number(value: float | None, decimals: int) -> str:
    """A figure for readers: fixed decimals, a real minus sign, a dash for what is undefined.

    >>> number(-1.25, 1)
    '−1.2'
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def interval(low: float | None, high: float | None, decimals: int) -> str:
    """An interval with a dash, or with a word where a sign would meet it; empty where an end is not known.

    >>> interval(0.5, 1.5, 1), interval(-0.5, 1.5, 1), interval(0.5, None, 1)
    ('0.5–1.5', '−0.5 to 1.5', '')
    """
    if low is None or high is None:
        return ""
    ends = number(low, decimals), number(high, decimals)
    return (" to " if "−" in "".join(ends) else "–").join(ends)
