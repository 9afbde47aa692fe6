import base64
import io
import sys

import jinja2
import numpy as np
import pytest
from PIL import Image

from pincel.pages.template import data_uri, fill_page, jpeg_uri


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package ``toy_report`` whose template shows a title and the style."""
    folder = tmp_path / "toy_report"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "page.html.j2").write_text("<style>{{ style }}</style><h1>{{ title }}</h1>")
    (folder / "other.html.j2").write_text("other: {{ title }}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "toy_report", raising=False)  # another test's
    return "toy_report"


@pytest.fixture
def framed(package, tmp_path):
    """Another page of the package, in the frame of all pages."""
    (tmp_path / "toy_report" / "framed.html.j2").write_text(
        '{% extends "base.html.j2" %}{% from "macros.html.j2" import grid, software %}'
        "{% block eyebrow %}toy{% endblock %}{% block footer %}end{% endblock %}"
        "{% block body %}{{ grid(drawn) }}<dl>{{ software(content.versions) }}</dl>{% endblock %}"
    )
    content = {"headline": "Roses & more", "findings": ["a < b"], "versions": {"pincel": "1", "numpy": "2"}}
    figure = {"light": "data:image/l", "dark": "data:image/d", "caption": "a line"}

    def make(**changes):
        return fill_page(package, "framed.html.j2", content=content | changes, facts={"Photos": "3"}, drawn=[figure])

    return make


def test_every_page_has_the_same_frame(read_page, framed):
    page = read_page(framed(notes=["mind & this"]))
    words = page.words.split("\n\n", 1)[1]
    for part in ("toy", "Roses & more", "a < b", "Photos", "3", "mind & this", "a line", "pincel 1, numpy 2", "end"):
        assert part in words, part
        words = words[words.index(part) + len(part) :]  # in this order
    assert "<title>Roses &amp; more</title>" in page.text
    assert page.loaded == ["data:image/d", "data:image/l"]


def test_a_page_without_notes_has_no_box_for_them(framed):
    assert "<aside" not in framed()


def test_text_is_escaped_and_the_style_of_all_reports_is_not(package):
    page = fill_page(package, title="roses & <tulips>")
    assert "<h1>roses &amp; &lt;tulips&gt;</h1>" in page
    assert "font-family" in page.split("</style>")[0]
    assert "&#34;" not in page.split("</style>")[0]


def test_a_template_may_have_another_name(package):
    assert fill_page(package, "other.html.j2", title="daisies") == "other: daisies"


def test_a_variable_that_is_missing_is_an_error(package):
    with pytest.raises(jinja2.UndefinedError, match="title"):
        fill_page(package)


def test_a_picture_inside_the_page_is_the_picture():
    rgb = np.zeros((8, 12, 3), np.uint8)
    rgb[:, 6:] = 200, 40, 90
    head, text = jpeg_uri(rgb).split(",")
    assert head == "data:image/jpeg;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
    assert np.abs(shown.astype(int) - rgb).max() <= 12
    assert len(jpeg_uri(rgb, 20)) < len(jpeg_uri(rgb, 99))


def test_bytes_become_an_address():
    assert data_uri(b"<svg/>", "svg+xml") == "data:image/svg+xml;base64,PHN2Zy8+"
