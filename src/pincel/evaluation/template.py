"""`fill_page`: every report is one template with the style of all reports inside."""

from __future__ import annotations

from importlib import resources
from typing import Any

__all__ = ["fill_page"]


def fill_page(package: str, name: str = "page.html.j2", **content: Any) -> str:
    """A report's page as text, needing no other file; values that are text are escaped.

    Args:
        package: the template lies in its folder.
        name: of the template; it may use ``style``, the style sheet, beside what is given.
        content: its variables; one that it uses and that is not given is an error.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((resources.files(package) / name).read_text("utf-8"))
    style = (resources.files("pincel.evaluation") / "style.css").read_text("utf-8")
    return template.render(style=Markup(style), **content)
