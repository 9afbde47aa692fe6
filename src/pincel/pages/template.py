"""What every report's page is made with: one template, the style of all reports, pictures inside the page."""

from __future__ import annotations

import base64
import io
from importlib import resources
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["data_uri", "fill_page", "jpeg_uri"]


def fill_page(package: str, name: str = "page.html.j2", **content: Any) -> str:
    """A report's page as text, needing no other file; values that are text are escaped.

    Args:
        package: the template lies in its folder. It may extend ``base.html.j2``, the frame of all pages (head,
            headline, findings, facts, notes, footer), and import from ``macros.html.j2``.
        name: of the template; it may use ``style``, the style sheet, beside what is given.
        content: its variables; one that it uses and that is not given is an error.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    texts = {part: _read("pincel.pages", part) for part in ("base.html.j2", "macros.html.j2")}
    loader = DictLoader(texts | {name: _read(package, name)})
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=loader
    )
    return environment.get_template(name).render(style=Markup(_read("pincel.pages", "style.css")), **content)


def jpeg_uri(rgb: np.ndarray, quality: int = 92, widest: int | None = None) -> str:
    """A picture as a JPEG inside the page, its colours at full size.

    Args:
        rgb: sRGB uint8 (H, W, 3).
        quality: of the JPEG.
        widest: a picture that is wider, in pixels, is shrunk to this.
    """
    buffer, picture = io.BytesIO(), Image.fromarray(rgb)
    if widest is not None and picture.width > widest:
        picture = picture.resize((widest, picture.height * widest // picture.width), Image.Resampling.LANCZOS)
    picture.save(buffer, "JPEG", quality=quality, subsampling=0)
    return data_uri(buffer.getvalue(), "jpeg")


def data_uri(data: bytes, kind: str) -> str:
    """Bytes of a picture of an ``image/...`` kind as an address that needs no file."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _read(package: str, name: str) -> str:
    return (resources.files(package) / name).read_text("utf-8")
