"""Forms as browsers, programs and mischief-makers send them."""

import pytest

from pincel.serve.forms import Form, boundary_of, safe_name
from pincel.serve.problems import Problem

KIND = "multipart/form-data; boundary=edge"


def part(head, data=b"", edge=b"edge"):
    return b"--" + edge + b"\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + data + b"\r\n"


PICTURE = part(b'name="picture"; filename="a.png"', b"PNG")
END = b"--edge--\r\n"


def read(body, step=None, kind=KIND):
    boundary = boundary_of(kind)
    assert boundary is not None
    came = bytearray(b"\r\n")
    form = Form(boundary, came)
    for start in range(0, len(body), step or max(1, len(body))):
        came += body[start : start + (step or len(body))]
        form.look()
    return form.upload()


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_a_form_is_the_same_in_whatever_pieces_it_comes(step):
    found = read(b"to be passed over\r\n" + PICTURE + part(b'name="label"', "süß".encode()) + END + b"after", step)
    assert (bytes(found.data), found.name, found.fields) == (b"PNG", "a.png", {"label": "süß"})


def test_a_picture_may_hold_what_looks_like_a_boundary_and_may_be_empty():
    data = b"\r\n--edg\r\n--\r\n\r\n--edg-"
    assert bytes(read(part(b'name="picture"; filename="a"', data) + END).data) == data
    assert bytes(read(part(b'name="picture"; filename=""') + END).data) == b""


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "punycode", "undefined", "utf-7", "rot13", "\x00", "idna", "utf-16", "zlib", "ß"]
)
def test_the_charset_of_a_form_is_not_looked_at(charset):
    body = part(b'name="picture"; filename="\\ud800\xff.png"', b"PNG") + part(b'name="x"', b"\\ud800") + END
    found = read(body, kind=f"multipart/form-data; charset={charset}; boundary=edge")
    assert found.fields == {"x": "\\ud800"}
    assert found.name.endswith("ÿ.png")


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary=""', "; boundary=" + "x" * 300])
def test_a_form_needs_a_boundary(boundary):
    with pytest.raises(Problem, match="no boundary") as refused:
        boundary_of("Multipart/Form-Data" + boundary)
    assert refused.value.status == 400


@pytest.mark.parametrize("kind", [None, "", "image/png", "multipart/mixed; boundary=a", ";", "a/b;;=;boundary"])
def test_what_is_no_form_has_none(kind):
    assert boundary_of(kind) is None


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "its boundary is not in it"),
        (b"--other\r\n", 400, "its boundary is not in it"),
        (b"--edge\r\nabc\r\n--edge--", 400, "a part without a head"),
        (b"--edgeX: y\r\n\r\n\r\n--edge--", 400, "a part without a head"),
        (b"--edge\r\n" + b"X: y\r\n" * 3000 + b"\r\n\r\n--edge--", 400, "a part without a head"),
        (b"--edge\r\nX: y\r\n\r\nz\r\n--edge--", 400, "a part without a name"),
        (part(b"filename=a") + END, 400, "a part without a name"),
        (PICTURE + PICTURE + END, 400, "more than one file"),
        (part(b"name=label", b"x" * 1001) + END, 400, "a field of more than 1000 bytes"),
        (part(b"name=a") * 1000 + END, 400, "more than 20 fields"),
        (b"\r\n--edge" * 100_000, 400, "more than 20 fields"),
        (END, 422, "no file named 'picture'"),
        (PICTURE[:-1], 422, "it is cut off"),
        (part(b"name=picture", b"no file") + END, 422, "no file named 'picture'"),
    ],
)
def test_malformed_forms_are_the_clients_fault(body, status, said):
    with pytest.raises(Problem, match=said) as refused:
        read(body)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, None),
        ("", None),
        ("..", None),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("Añil.jpg", "Añil.jpg"),
        (" x .", "x"),
        ("a\x00\ud800\u202eb.jpg", "ab.jpg"),
    ],
)
def test_names_are_only_names(given, name):
    assert safe_name(given) == name


def test_long_names_keep_their_end():
    assert safe_name("x" * 300 + ".jpg") == "x" * 96 + ".jpg"
