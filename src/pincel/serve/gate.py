"""Who may ask: by what name the server was called, through which proxy, and from whose page."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from pincel.errors import PincelError
from pincel.serve.problems import Problem
from pincel.serve.settings import LOOPBACK, Settings

__all__ = ["Gate", "clean_root_path"]

OWN_PATHS = ("/api", "/docs", "/examples", "/openapi.json", "/static")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Gate:
    """The names, pages and proxies that are known.

    Attributes:
        hosts: names by which the server may be called; others are a web site whose name was pointed here (DNS
            rebinding). None: any.
        named: those of them that the operator gave; pages on these hosts are its own, whatever their port.
        proxies: whose ``X-Forwarded-Host`` and ``X-Forwarded-Prefix`` are believed.
        root_path: where a proxy shows the server.
    """

    hosts: frozenset[str] | None = None
    named: frozenset[str] = frozenset()
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    root_path: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Gate:
        """The gate that the settings ask for.

        Raises:
            PincelError: a host that is no name, a proxy that is no address, a path that cannot be.
        """
        named = frozenset(map(_checked_name, settings.allowed_hosts))
        closed = bool(named) or settings.host in LOOPBACK
        proxies = tuple(map(_network, settings.trusted_proxies))
        return cls(LOOPBACK | named if closed else None, named, proxies, clean_root_path(settings.root_path))

    def seen(self, scope: Scope) -> Scope:
        """The request as the client sent it: what its proxy says counts when the proxy is known.

        ``path`` begins with ``root_path``, whether the proxy had stripped that or not.
        """
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        root_path = self.root_path
        if self._knows(scope.get("client")):
            if host := headers.get("x-forwarded-host", "").split(",")[-1].strip():  # the last is the proxy's own word
                headers["host"] = host
            if prefix := headers.get("x-forwarded-prefix", "").split(",")[-1].strip():
                root_path = "/" + prefix.strip("/") if prefix.strip("/") else ""
        scope["root_path"] = root_path
        if root_path and scope["path"] != root_path and not scope["path"].startswith(root_path + "/"):
            scope["path"] = root_path + scope["path"]
        return scope

    def refusal(self, scope: Scope) -> Problem | None:
        """Why a request is not answered; None when it is.

        Args:
            scope: as `seen` gives it.
        """
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.hosts is not None and (name := _name(host)) not in self.hosts:
            ours = " or ".join(sorted(self.named)) or "127.0.0.1 or localhost"
            way_out = f", or start it with --allow-host {name[:100]}" if name else ""
            return Problem(421, f"this server is not called '{name[:100]}'; call it {ours}{way_out}")
        if not scope["path"].startswith(scope["root_path"] + "/api/"):
            return None  # other sites may link to the page
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if site in ("cross-site", "same-site") or (origin and site != "same-origin" and not self._own(origin, host)):
            return Problem(403, "another web site's pages may not use this server; --allow-host names one that may")
        return None

    def _own(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is the server's own."""
        scheme, _, place = origin.lower().partition("://")
        port = DEFAULT_PORTS.get(scheme, "")
        return place.removesuffix(port) == host.lower().removesuffix(port) or _name(place) in self.named

    def _knows(self, client: tuple[str, int] | None) -> bool:
        if not self.proxies or client is None:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        address = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
        return any(address in network for network in self.proxies)


def clean_root_path(given: str) -> str:
    """A path as ``/pincel``, or nothing.

    Raises:
        PincelError: it is no path, or hides the server's own.

    >>> clean_root_path("photos/colour/"), clean_root_path("/")
    ('/photos/colour', '')
    """
    path = "/" + given.strip("/")
    if path == "/":
        return ""
    if not path.isascii() or not path.isprintable() or any(sign in path for sign in " ?#%\\") or "//" in path:
        raise PincelError(f"--root-path '{given}' is no path; give one such as /pincel")
    if path.startswith(tuple(f"{own}/" for own in OWN_PATHS)) or path in OWN_PATHS:
        raise PincelError(f"--root-path {path} begins as the server's own paths do; choose another, such as /pincel")
    return path


def _checked_name(given: str) -> str:
    name = _name(given)
    if not name or "*" in name or "/" in given:
        raise PincelError(f"--allow-host '{given}' is no name of a host; give one such as photos.example")
    return name


def _network(given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given, strict=False)
    except ValueError:
        raise PincelError(
            f"--trusted-proxy '{given}' is neither an address nor a network; give one such as 127.0.0.1 or 10.0.0.0/8"
        ) from None


def _name(header: str) -> str:
    """The name in a Host header, without port and brackets.

    >>> _name("[::1]:8000"), _name("LOCALHOST.:8000"), _name("::")
    ('::1', 'localhost', '')
    """
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""
