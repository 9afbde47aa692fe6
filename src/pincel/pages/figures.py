"""Figures inside a page: each drawn twice, for a light page and for a dark one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pincel.pages.canvas import DARK, LIGHT, Theme, svg
from pincel.pages.template import data_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["themed"]


def themed(draw: Callable[[Theme], Figure], caption: str) -> dict[str, str]:
    """A figure as the template's ``image`` shows it: the addresses ``light`` and ``dark``, and its ``caption``."""
    uris = {name: data_uri(svg(draw(theme)), "svg+xml") for name, theme in (("light", LIGHT), ("dark", DARK))}
    return {**uris, "caption": caption}
