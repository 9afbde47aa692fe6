"""What `pincel serve` may be told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

__all__ = ["LOOPBACK", "Limits", "Settings"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, and how many there may be.

    Attributes:
        megabytes: of a body (10^6 bytes).
        pixels: of a picture; checked before it is decoded. memory_megabytes: what reading and painting it may take.
        places: requests that are waiting or worked on at once; the next gets 429.
        decode_seconds: for reading a picture. paint_seconds: for painting it, and for encoding the result.
        pause_seconds: an upload, or a client that fetches its answer, may stand still for so long.
        upload_seconds: for a small upload; larger ones get a second more for every ``upload_rate`` bytes that came.
        head_seconds: in which a connection must have sent the head of its first request, or of its next.
        held_megabytes: of all bodies in the house together (10^6 bytes).
        uploads: bodies on their way at once.
        requests: of any kind at once; the next gets 503, so that the page and ``/health`` always answer.
    """

    megabytes: float = 64.0
    pixels: int = 100_000_000
    places: int = 16
    decode_seconds: float = 30.0
    paint_seconds: float = 120.0
    pause_seconds: float = 15.0
    upload_seconds: float = 30.0
    upload_rate: float = 50e3
    head_seconds: float = 20.0
    held_megabytes: float = 512.0
    uploads: int = 128
    requests: int = 256
    memory_megabytes: float = 1500.0

    @property
    def memory_bytes(self) -> int:
        """What reading and painting a picture may take."""
        return round(self.memory_megabytes * 1e6)

    @property
    def body_bytes(self) -> int:
        """The largest body."""
        return round(self.megabytes * 1e6)

    @property
    def held_bytes(self) -> int:
        """The largest sum of all bodies; one of the largest always fits."""
        return max(round(self.held_megabytes * 1e6), self.body_bytes)


@dataclass(frozen=True)
class Settings:
    """Where the server listens, who may ask, how it works.

    Attributes:
        models: .onnx files and folders of runs, beside the embedded models.
        host: the address; only programs on this machine reach the default. port: 0 takes any free one.
        token: what ``Authorization: Bearer`` must say; None: nobody is asked.
        workers: processes that paint; each keeps the models it has used.
        limits: see `Limits`.
        root_path: where a proxy shows the server (``/pincel``); it may leave the path in requests or strip it.
        allowed_hosts: names by which it may be called, beside those of this machine. None of them: any name, or, when
            it listens on this machine only, this machine's.
        trusted_proxies: addresses and networks whose ``X-Forwarded-*`` are believed.
    """

    models: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    workers: int = field(default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)))
    limits: Limits = Limits()
    root_path: str = ""
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
