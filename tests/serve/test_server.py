import socket

import pytest

from pincel.errors import PincelError
from pincel.serve.server import _address, _has_screen, _listen


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
    ],
)
def test_the_address_that_is_said_can_be_opened(host, address):
    assert _address(host, 80) == address


def test_a_port_in_use_is_told_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PincelError, match=rf"127.0.0.1:{port} cannot be listened at .*choose another --port"):
            _listen("127.0.0.1", port)


def test_port_0_is_a_free_one():
    with _listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_without_a_screen_no_browser_is_opened(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not _has_screen()
    monkeypatch.setenv("DISPLAY", ":0")
    assert _has_screen()
