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
