import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request

from pincel.serve.problems import Problem
from pincel.serve.settings import Limits
from pincel.serve.uploads import read_upload, safe_name

LIMITS = Limits(megabytes=0.001, pause_seconds=0.05, upload_seconds=1)
FORM = {"content-type": "multipart/form-data; boundary=b"}


def upload(*pieces: bytes | None, limits=LIMITS, **headers):
    """What comes of a body in pieces; None: the client hangs up."""
    left = list(pieces)

    async def receive():
        if not left:
            await asyncio.sleep(10)
        piece = left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "POST", "headers": raw}, receive)
    return asyncio.run(read_upload(request, limits))


def part(head: str, data: bytes) -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"


def test_a_body_that_is_no_form_is_the_picture():
    assert upload(b"ab", b"cd").data == b"abcd"
    assert upload(b"ab", content_type="text/html").data == b"ab"  # what it calls itself is not believed


def test_of_a_form_the_file_its_name_and_the_fields_are_kept():
    body = part('name="picture"; filename="../x/rose.png"', b"PNG") + part('name="label"', b"cat") + b"--b--\r\n"
    found = upload(body[:40], body[40:], content_type=FORM["content-type"])
    assert (found.data, found.name, found.fields) == (b"PNG", "rose.png", {"label": "cat"})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (part('name="label"', b"cat") + b"--b--\r\n", 422),
        (b"--b\r\nnothing of the kind", 400),
        (part('name="picture"', b"not a file") + b"--b--\r\n", 422),
        (part('name="label"', b"x" * 2000) + b"--b--\r\n", 400),
    ],
)
def test_forms_without_a_picture_are_refused(body, status):
    with pytest.raises(Problem) as refused:
        upload(body, content_type=FORM["content-type"], limits=Limits())
    assert refused.value.status == status


def test_bodies_are_counted_while_they_come_and_an_honest_length_saves_the_counting():
    with pytest.raises(Problem, match="larger than 0.001 MB") as refused:
        upload(b"x" * 600, b"x" * 600)
    assert refused.value.status == 413
    with pytest.raises(Problem, match="--max-mb"):
        upload(content_length="1001")  # nothing was sent yet
    assert len(upload(b"x" * 1000, content_length="3").data) == 1000  # a length that is not true changes nothing


def test_an_upload_that_stands_still_is_ended():
    with pytest.raises(Problem, match="stood still") as refused:
        upload(b"begin", b"", limits=Limits(pause_seconds=0.05, upload_seconds=0))
    assert refused.value.status == 408


def test_who_hangs_up_is_heard():
    with pytest.raises(ClientDisconnect):
        upload(b"begin", None)


@pytest.mark.parametrize(
    ("given", "name"),
    [(None, None), ("", None), ("..", None), ("C:\\photos\\a.jpg", "a.jpg"), ("Añil.jpg", "Añil.jpg"), (" x .", "x")],
)
def test_names_are_only_names(given, name):
    assert safe_name(given) == name


def test_long_names_keep_their_end():
    assert safe_name("x" * 300 + ".jpg") == "x" * 96 + ".jpg"
