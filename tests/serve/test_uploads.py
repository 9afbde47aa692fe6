import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request

from pincel.serve.problems import Problem
from pincel.serve.settings import Limits
from pincel.serve.uploads import Intake

LIMITS = Limits(megabytes=0.001, pause_seconds=0.05, upload_seconds=1)
FORM = {"content-type": "multipart/form-data; boundary=b"}


STILL = b"a client that sends nothing more"


def upload(*pieces: bytes | None, limits=LIMITS, **headers):
    """What comes of a body in pieces; None: the client hangs up."""
    left = list(pieces)

    async def receive():
        piece = left.pop(0)
        if piece is STILL:
            await asyncio.sleep(10)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "POST", "headers": raw}, receive)
    intake = Intake(limits)

    async def take_in():
        async with intake.upload(request) as found:
            return found, intake.held

    try:
        found, held = asyncio.run(take_in())
    finally:
        assert intake.held == intake.sending == 0
    assert held == sum(map(len, pieces))
    return found


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
        (b"nothing of the kind", 400),
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
        upload(b"begin", STILL)
    assert refused.value.status == 408


def test_the_time_for_an_upload_grows_with_what_came_of_it():
    slow = Limits(pause_seconds=5, upload_seconds=0.1, upload_rate=1000)
    with pytest.raises(Problem, match="too slow"):
        upload(b"x", STILL, limits=slow)  # 0.1 s and 1 ms
    patient = Limits(pause_seconds=0.1, upload_seconds=0, upload_rate=1)
    assert len(upload(b"x" * 9, b"x", limits=patient).data) == 10  # 9 s


class Sender:
    """Requests whose bodies come as a test wants it."""

    def __init__(self, intake):
        self.intake, self.pieces = intake, asyncio.Queue()
        request = Request({"type": "http", "method": "POST", "headers": []}, self.pieces.get)
        self.done = asyncio.ensure_future(self.take_in(request))

    async def take_in(self, request):
        async with self.intake.upload(request) as found:
            return bytes(found.data)

    async def send(self, data, more=True):
        self.pieces.put_nowait({"type": "http.request", "body": data, "more_body": more})
        for _ in range(5):
            await asyncio.sleep(0)


def test_all_bodies_together_are_bounded_and_who_comes_late_is_asked_to_come_again():
    async def story():
        intake = Intake(Limits(megabytes=0.001, held_megabytes=0.0015))
        first, second = Sender(intake), Sender(intake)
        await first.send(b"x" * 900)
        await second.send(b"x" * 600)
        assert (intake.sending, intake.held) == (2, 1500)
        await second.send(b"x")
        with pytest.raises(Problem) as refused:
            await second.done
        assert (refused.value.status, "Retry-After" in refused.value.headers) == (429, True)
        assert (intake.sending, intake.held) == (1, 900)
        await first.send(b"x", more=False)
        assert len(await first.done) == 901
        assert (intake.sending, intake.held) == (0, 0)

    asyncio.run(story())


def test_only_so_many_bodies_are_on_their_way_at_once():
    async def story():
        intake = Intake(Limits(uploads=1))
        first = Sender(intake)
        await first.send(b"x")
        with pytest.raises(Problem) as refused:
            await Sender(intake).done
        assert refused.value.status == 429
        await first.send(b"x", more=False)
        assert await first.done == b"xx"

    asyncio.run(story())


def test_who_hangs_up_is_heard():
    with pytest.raises(ClientDisconnect):
        upload(b"begin", None)
