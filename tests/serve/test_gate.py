"""Names, pages of other web sites, proxies."""

import pytest

from pincel.errors import PincelError
from pincel.serve.gate import Gate, clean_root_path
from pincel.serve.settings import LOOPBACK, Settings

API = "/api/v1/colorize"
HERE = {"host": "127.0.0.1:8000"}


def scope(path="/", client="192.0.2.7", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": path, "headers": raw, "client": (client, 1)}


def status(gate, path="/", **headers):
    refusal = gate.refusal(gate.seen(scope(path, **headers)))
    return None if refusal is None else refusal.status


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("localhost:8000", None),
        ("127.0.0.1", None),
        ("[::1]:80", None),
        ("LocalHost.", None),
        ("evil.example", 421),
        ("", 421),
        ("[", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_on_its_own_machine_it_is_called_by_the_machines_names(host, refused):
    assert status(Gate.of(Settings()), host=host) == refused
    assert status(Gate.of(Settings(host="0.0.0.0")), host=host) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_named_hosts_are_let_in_beside_the_machines_own_and_no_other(host):
    gate = Gate.of(Settings(host=host, allowed_hosts=("Photos.Example", "[2001:db8::1]:8000")))
    assert gate.hosts == LOOPBACK | {"photos.example", "2001:db8::1"}
    assert status(gate, host="photos.example:8443") is None
    assert status(gate, host="other.example") == 421


def test_a_host_that_is_refused_learns_how_to_be_let_in():
    gate = Gate.of(Settings())
    said = str(gate.refusal(gate.seen(scope(host="photos.example:80"))))
    assert said == (
        "this server is not called 'photos.example'; call it 127.0.0.1 or localhost, or start it with "
        "--allow-host photos.example"
    )


def test_other_web_sites_may_link_to_the_page_and_not_use_the_api():
    gate = Gate.of(Settings())
    for site, refused in (("cross-site", 403), ("same-site", 403), ("same-origin", None), ("none", None)):
        assert status(gate, API, **HERE, sec_fetch_site=site) == refused
        assert status(gate, "/", **HERE, sec_fetch_site=site) is None


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        ("http://127.0.0.1:8000", None),
        ("https://127.0.0.1:8000", None),
        ("http://127.0.0.1:8001", 403),
        ("http://127.0.0.1", 403),
        ("http://evil.example", 403),
        ("http://evil.example:8000", 403),
        ("http://127.0.0.1:8000.evil.example", 403),
        ("null", 403),
        ("https://photos.example:8443", None),
    ],
)
def test_pages_of_other_origins_may_not_use_the_api(origin, refused):
    gate = Gate.of(Settings(allowed_hosts=("photos.example",)))
    assert status(gate, API, **HERE, origin=origin) == refused
    assert status(gate, "/", **HERE, origin=origin) is None


def test_the_browsers_word_that_page_and_server_are_one_counts_where_a_proxy_changes_the_host():
    gate = Gate.of(Settings())
    assert status(gate, API, **HERE, origin="https://photos.example", sec_fetch_site="same-origin") is None
    assert status(gate, API, host="127.0.0.1", origin="http://127.0.0.1:80") is None  # port 80 may be left out


@pytest.mark.parametrize(
    ("client", "known"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("2001:db8::9", True), ("192.0.2.1", False), ("", False)],
)
def test_what_a_proxy_says_counts_only_when_it_is_known(client, known):
    gate = Gate.of(Settings(allowed_hosts=("photos.example",), trusted_proxies=("10.0.0.0/8", "2001:db8::9")))
    headers = {"host": "evil.example", "x_forwarded_host": "evil.example, photos.example", "x_forwarded_prefix": "/p/"}
    seen = gate.seen(scope("/docs", client, **headers))
    assert (gate.refusal(seen) is None) == known
    assert (seen["root_path"], seen["path"]) == (("/p", "/p/docs") if known else ("", "/docs"))


@pytest.mark.parametrize("path", ["/pincel/docs", "/docs"])
def test_a_proxy_may_leave_the_prefix_in_the_path_or_strip_it(path):
    seen = Gate.of(Settings(root_path="pincel/")).seen(scope(path))
    assert (seen["root_path"], seen["path"]) == ("/pincel", "/pincel/docs")


@pytest.mark.parametrize("given", ["/a b", "/a?b", "/a#b", "/ä", "/a\\b", "/a//b", "/%2e", "/api", "/static/x", "/\n"])
def test_paths_that_cannot_be_are_refused(given):
    with pytest.raises(PincelError, match="--root-path"):
        clean_root_path(given)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(allowed_hosts=("",)), "--allow-host '' is no name of a host"),
        (Settings(allowed_hosts=("*.example",)), "--allow-host"),
        (Settings(allowed_hosts=("https://a.example/",)), "give one such as photos.example"),
        (Settings(trusted_proxies=("nginx",)), "--trusted-proxy 'nginx' is neither an address nor a network"),
        (Settings(trusted_proxies=("10.0.0.0/99",)), "--trusted-proxy"),
    ],
)
def test_names_and_addresses_that_cannot_be_are_one_sentence(settings, said):
    with pytest.raises(PincelError) as refused:
        Gate.of(settings)
    assert said in str(refused.value)
