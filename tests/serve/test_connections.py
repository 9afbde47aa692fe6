"""What one connection may do: on a real server, with toys for workers and a second where people get twenty."""

import socket
import time

import pytest
from serve_helpers import House, wait_until

from pincel.serve.settings import Limits, Settings

HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"POST /api/v1/colorize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n"
PATIENCE = 20  # seconds; a test that waits so long has failed


@pytest.fixture(scope="module")
def small():
    """At most four connections that ask for nothing, a second for heads, half a second for pauses."""
    running = House(Settings(workers=1, limits=Limits(head_seconds=1, pause_seconds=0.5, requests=4)))
    yield running
    running.stop()


@pytest.fixture
def connect(small):
    wait_until(lambda: not small.server.server_state.connections)
    opened = []

    def make():
        opened.append(socket.create_connection(("127.0.0.1", small.port), timeout=PATIENCE))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def answer(connection):
    """Head and body of one answer."""
    said = b""
    while b"\r\n\r\n" not in said:
        received = connection.recv(65536)
        assert received, said
        said += received
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def is_closed(connection):
    """Wait until the server closes it."""
    try:
        while connection.recv(65536):
            pass
        return True
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("begin", [b"", b"GET / HT"])
def test_a_connection_that_sends_no_whole_head_is_closed(connect, begin):
    connection = connect()
    connection.sendall(begin)
    assert is_closed(connection)


@pytest.mark.parametrize("after", [b"GET / HT", b"\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 9000])
def test_half_a_head_on_a_kept_connection_ends_too(connect, after):
    connection = connect()
    connection.sendall(HEALTH)
    assert answer(connection)[0].startswith(b"HTTP/1.1 200")
    connection.sendall(after)
    assert is_closed(connection)


def test_a_head_that_trickles_gets_no_more_time(connect):
    connection = connect()
    connection.sendall(HEALTH)
    answer(connection)
    end = time.monotonic() + PATIENCE
    with pytest.raises(ConnectionError):
        while time.monotonic() < end:
            connection.sendall(b"G")
            time.sleep(0.1)


def test_the_body_of_a_refused_request_is_not_waited_for(connect):
    connection = connect()
    connection.sendall(b"POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx")
    assert answer(connection)[0].startswith(b"HTTP/1.1 404")
    end = time.monotonic() + PATIENCE
    with pytest.raises(ConnectionError):
        while time.monotonic() < end:
            connection.sendall(b"x")
            time.sleep(0.1)


def test_a_client_hears_its_refusal_though_it_was_still_sending(connect):
    connection = connect()
    head = b"POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 9000000\r\n\r\n"
    connection.sendall(head)
    time.sleep(0.1)
    for _ in range(90):
        connection.sendall(bytes(100_000))
    assert answer(connection)[0].startswith(b"HTTP/1.1 404")
    assert is_closed(connection)


def test_answers_do_not_wait_for_the_client_to_have_heard_their_heads(connect, small):
    connect().sendall(HEALTH)
    wait_until(lambda: small.server.server_state.connections)
    (one,) = small.server.server_state.connections
    assert one.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_kept_connection_lives_on_as_long_as_it_asks(connect):
    connection = connect()
    for _ in range(6):
        connection.sendall(HEALTH)
        assert answer(connection)[0].startswith(b"HTTP/1.1 200")
        time.sleep(0.3)  # 1.8 s in all; a head has 1 s
    connection.sendall(HEALTH * 3)  # pipelined
    assert all(answer_of_many(connection, 3))


def answer_of_many(connection, count):
    said = b""
    while said.count(b'"places"') < count:
        said += connection.recv(65536)
    return [part.startswith(b"HTTP/1.1 200") for part in said.split(b"}")[:-1]]


def test_connections_that_ask_for_nothing_make_room_for_those_that_do(connect):
    idle = [connect() for _ in range(20)]  # of four
    for connection in idle:
        connection.sendall(b"GET / HT")
    for _ in range(3):
        asking = connect()
        asking.sendall(HEALTH)
        assert answer(asking)[0].startswith(b"HTTP/1.1 200")
    assert is_closed(idle[0])


def test_a_client_that_does_not_fetch_its_answer_is_left(connect, small):
    connection = connect()
    data = bytes(30_000_000)  # more than the buffers of both ends
    head = f"POST /api/v1/colorize HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    connection.sendall(head + data)
    wait_until(lambda: small.house.desk.taken == 1)
    wait_until(lambda: small.house.desk.taken == 0)
    wait_until(lambda: not small.server.server_state.connections, PATIENCE)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01 GET me\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        CHUNKED,
    ],
)
def test_what_is_not_http_is_a_problem_too(connect, sent, capfd):
    connection = connect()
    connection.sendall(sent)
    head, body = answer(connection)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert b'"status":400' in body.replace(b" ", b"")
    assert is_closed(connection)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", CHUNKED])
def test_who_goes_on_sending_after_a_refusal_is_not_heard_for_long(connect, sent):
    connection = connect()
    connection.sendall(sent)
    assert answer(connection)[0].startswith(b"HTTP/1.1 400 ")
    end = time.monotonic() + PATIENCE
    with pytest.raises(ConnectionError):
        while time.monotonic() < end:
            connection.sendall(b"x")
            time.sleep(0.1)


def test_what_is_not_http_behind_a_request_that_is_worked_on_closes_without_a_traceback(connect, capfd):
    connection = connect()
    post = b"POST /api/v1/colorize?label=sleep+0.3 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"
    connection.sendall(post + b"\x16\x03\x01\r\n\r\n")
    while connection.recv(65536):
        pass
    assert "Traceback" not in capfd.readouterr().err
