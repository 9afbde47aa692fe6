"""Answers with pictures, without a server."""

import asyncio

from pincel.serve.answers import PIECE, PictureAnswer, painted_answer
from pincel.serve.workers import Result

FACTS = {
    "label": None,
    "note": "",
    "width": 40,
    "height": 30,
    "format": "jpeg",
    "decode": 0.0012,
    "paint": 0.1,
    "encode": 0.004,
}


def sent(answer):
    messages = []

    async def collect(message):
        messages.append(message)

    asyncio.run(answer({"type": "http"}, None, collect))
    return messages


def headers(name, **facts):
    answer = painted_answer(Result(FACTS | facts, b"x", 0.25), "default", name, "coloured")
    return answer.headers


def test_large_pictures_are_sent_in_pieces_and_none_is_lost():
    data = bytes(range(256)) * (PIECE // 100)
    messages = sent(PictureAnswer(data, "image/png", {}))
    assert b"".join(message.get("body", b"") for message in messages) == data
    assert [message.get("more_body") for message in messages] == [None, True, True, False]


def test_headers_say_how_it_came_about():
    sent = headers("Oma & Opa.tif", label="süßer cat")
    assert sent["Server-Timing"] == "wait;dur=250.0, decode;dur=1.2, paint;dur=100.0, encode;dur=4.0"
    assert sent["Content-Disposition"] == (
        "attachment; filename=\"Oma _ Opa-coloured.jpg\"; filename*=UTF-8''Oma%20%26%20Opa-coloured.jpg"
    )
    assert sent["X-Pincel-Label"] == "s%C3%BC%C3%9Fer cat"
    assert sent["X-Pincel-Size"] == "40x30"
    assert sent["Content-Type"] == "image/jpeg"


def test_a_picture_without_a_name_gets_one_and_no_label_is_no_header():
    sent = headers(None, format="tiff")
    assert sent["Content-Disposition"].endswith("picture-coloured.tif")
    assert "X-Pincel-Label" not in sent
    assert "X-Pincel-Note" not in sent


def test_what_was_not_done_as_asked_is_a_header():
    assert (
        headers("a.png", note="is shown 64 px at most, not 4096")["X-Pincel-Note"] == "is shown 64 px at most, not 4096"
    )
