"""What `pincel serve` may be told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from pincel.imaging.read import MAX_PIXELS

__all__ = ["LOOPBACK", "Limits", "Settings"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, and how many there may be.

    Attributes:
        megabytes: of a body (10^6 bytes).
        pixels: of a picture; checked before it is decoded.
        places: requests that are read, waiting or worked on at once; the next gets 429.
        decode_seconds: for reading a picture. paint_seconds: for painting it, and for encoding the result.
        pause_seconds: an upload, or a client that fetches its answer, may stand still for so long.
        upload_seconds: for a whole upload.
    """

    megabytes: float = 64.0
    pixels: int = MAX_PIXELS
    places: int = 16
    decode_seconds: float = 30.0
    paint_seconds: float = 120.0
    pause_seconds: float = 15.0
    upload_seconds: float = 300.0

    @property
    def body_bytes(self) -> int:
        """The largest body."""
        return round(self.megabytes * 1e6)


@dataclass(frozen=True)
class Settings:
    """Where the server listens, who may ask, how it works.

    Attributes:
        models: .onnx files and folders of runs, beside the embedded models.
        host: the address; only programs on this machine reach the default. port: 0 takes any free one.
        token: what ``Authorization: Bearer`` must say; None: nobody is asked.
        workers: processes that paint; each keeps the models it has used.
        limits: see `Limits`.
    """

    models: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    workers: int = field(default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)))
    limits: Limits = Limits()
