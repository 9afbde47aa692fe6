"""Slow clients, slow pictures, dead workers, too many at once: a real server, with toys for workers."""

import json
import os
import re
import signal
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serve_helpers import wait_until


def health(client):
    return client.get("/health").json()


@pytest.fixture
def client(toys):
    with toys.client() as talking:
        wait_until(lambda: health(talking)["working"] == health(talking)["waiting"] == 0)
        yield talking


def post(toys, label, **options):
    with toys.client() as client:
        return client.post("/colorize", params={"label": label}, content=b"picture", **options)


def test_the_17th_of_17_clients_is_sent_away_with_a_time_to_come_again(toys, client):
    with ThreadPoolExecutor(16) as clients:
        answers = [clients.submit(post, toys, "sleep 0.4") for _ in range(16)]
        wait_until(lambda: health(client)["working"] + health(client)["waiting"] == 16)
        refused = client.post("/colorize", content=b"picture")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.json()["detail"].startswith("all 16 places are taken; send it again in ")
        assert [answer.result().status_code for answer in answers] == [200] * 16
    assert client.post("/colorize", content=b"picture").status_code == 200


def test_health_answers_while_all_workers_paint_slow_pictures(toys, client):
    with ThreadPoolExecutor(2) as clients:
        answers = [clients.submit(post, toys, "sleep 1.2") for _ in range(2)]
        wait_until(lambda: health(client)["working"] == 2)
        assert health(client) == {
            "status": "ok",
            "version": "0.1.0",
            "working": 2,
            "waiting": 0,
            "sending": 0,
            "places": 16,
        }
        assert [answer.result().status_code for answer in answers] == [200, 200]


def test_a_client_that_hangs_up_frees_its_place_and_its_worker(toys, client):
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            post(toys, "sleep 1.9", timeout=0.3)
    wait_until(lambda: health(client)["waiting"] == 0)
    wait_until(lambda: health(client)["working"] == 0)
    assert client.post("/colorize", content=b"picture").status_code == 200


def test_a_picture_that_ends_workers_fails_only_its_own_request(toys, client):
    with ThreadPoolExecutor(1) as clients:
        other = clients.submit(post, toys, "sleep 0.8")
        failed = post(toys, "die")
        assert failed.status_code == 422
        assert failed.json()["detail"] == (
            "the picture ended the process that worked on it, twice; it is damaged or too large"
        )
        assert other.result().status_code == 200
    wait_until(lambda: len(toys.house.painters.pids()) == 2)


def test_workers_killed_while_they_rest_are_not_missed(toys, client):
    for pid in toys.house.painters.pids():
        os.kill(pid, signal.SIGKILL)
    assert client.post("/colorize", content=b"picture").status_code == 200


def test_a_picture_that_takes_too_long_is_ended(toys, client):
    answer = post(toys, "sleep anyway 60")
    assert answer.status_code == 422
    assert "Retry-After" not in answer.headers  # it would take as long again
    assert answer.json()["detail"] == (
        "the picture took longer than 2 seconds to paint; send a smaller one, or start the server with a larger "
        "--paint-seconds"
    )


def test_an_error_that_nobody_expected_shows_no_traceback(toys, client):
    answer = post(toys, "fault")
    assert answer.status_code == 422
    assert not re.search(r"Traceback|ZeroDivision|secret|\.py", answer.text)


def test_a_request_with_a_name_can_be_followed_and_cancelled(toys, client):
    names = [str(uuid.uuid4()) for _ in range(3)]
    with ThreadPoolExecutor(3) as clients:
        answers = []
        for place, name in enumerate(names):
            answers.append(clients.submit(post, toys, "sleep 1.5", headers={"X-Request-ID": name}))
            state = "waiting" if place == 2 else "working"
            wait_until(lambda name=name, state=state: client.get(f"/progress/{name}").json()["state"] == state)
        wait_until(lambda: client.get(f"/progress/{names[0]}").json()["stage"] == "paint")
        assert client.get(f"/progress/{names[2]}").json()["position"] == 1
        twice = post(toys, "echo", headers={"X-Request-ID": names[0]})
        assert (twice.status_code, twice.json()["title"]) == (409, "Conflict")
        for name in names[1:]:
            assert client.delete(f"/requests/{name}").status_code == 204
        assert [answer.result().status_code for answer in answers] == [200, 409, 409]
    assert answers[1].result().json()["detail"] == "the request was cancelled"
    assert client.get(f"/progress/{names[0]}").json()["state"] == "done"
    assert client.get(f"/progress/{uuid.uuid4()}").json()["state"] == "unknown"
    assert client.delete(f"/requests/{names[0]}").status_code == 404
    assert client.get("/progress/7").status_code == 422


def head(length, path="/api/v1/colorize", more=""):
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def talk(toys, *pieces, pause=0.0, closes=False):
    """Send pieces with pauses; what the server says until it closes, or nothing comes for a while."""
    with socket.create_connection(("127.0.0.1", toys.port), timeout=8) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        if closes:
            connection.shutdown(socket.SHUT_WR)
        said = b""
        while b"\r\n\r\n" not in said or not body_is_whole(said):
            received = connection.recv(65536)
            if not received:
                break
            said += received
    return said


def body_is_whole(said):
    start, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", start)
    return length is not None and len(body) >= int(length[1])


def test_an_upload_that_stands_still_is_ended(toys, client):
    said = talk(toys, head(1000), b"only this")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"stood still" in said
    assert health(client)["sending"] == 0


def test_an_upload_that_trickles_is_ended_too(toys, client):
    try:
        said = talk(toys, head(1000), *[b"x"] * 40, pause=0.2)
    except ConnectionError:
        said = b""  # closed while we were still sending
    assert said == b"" or said.startswith(b"HTTP/1.1 408 ")
    assert health(client)["sending"] == 0


def test_uploads_that_trickle_take_no_places(toys, client):
    with ThreadPoolExecutor(20) as clients:
        slow = [clients.submit(talk, toys, head(1000), b"only this") for _ in range(20)]  # of 16 places
        wait_until(lambda: health(client)["sending"] == 20)
        assert health(client)["waiting"] == 0
        assert client.post("/colorize", content=b"picture").status_code == 200
        assert all(one.result().startswith(b"HTTP/1.1 408 ") for one in slow)


def test_a_client_that_leaves_in_the_middle_of_its_upload_is_forgotten(toys, client):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", toys.port)) as connection:
            connection.sendall(head(1000) + b"only this")
    wait_until(lambda: health(client)["sending"] == 0)


def test_the_body_is_counted_whatever_its_length_says(toys, client):
    def endless():
        for _ in range(60):
            yield bytes(50_000)

    answer = client.post("/colorize", content=endless())  # chunked, no Content-Length
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("the body is larger than 2 MB; send a smaller picture, or start the")
    assert talk(toys, head(3_000_000)).startswith(b"HTTP/1.1 413 ")  # not a byte of it was waited for, or it were 408


def test_errors_are_problems_with_all_fields(toys, client):
    for answer, status in (
        (client.get("/nothing"), 404),
        (client.get("/colorize"), 405),
        (client.post("/colorize", params={"saturation": 9}, content=b"x"), 422),
        (client.post("/colorize", content=b"x", headers={"Content-Type": "multipart/form-data"}), 400),
    ):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = json.loads(answer.text)
        assert set(problem) == {"type", "title", "status", "detail"}
        assert problem["status"] == status
