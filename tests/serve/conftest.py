"""Servers that tests talk to as clients do; each is started once."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pincel.serve.settings import Limits, Settings

sys.path.insert(0, str(Path(__file__).parent))  # worker processes import toy_work by this name
from serve_helpers import API, House, Process


@pytest.fixture(scope="session")
def server() -> Iterator[Process]:
    """`pincel serve` with two workers, at most 2 MB a body and 4 megapixels a picture."""
    running = Process("--workers", 2, "--max-mb", 2, "--max-pixels", 4)
    yield running
    running.stop()


@pytest.fixture
def client(server: Process) -> Iterator[httpx.Client]:
    """Talks to `server`."""
    with httpx.Client(base_url=server.url + API, timeout=60) as talking:
        yield talking


@pytest.fixture(scope="session")
def toys() -> Iterator[House]:
    """16 places, two workers, short limits: 1 s for reading, 2 s for painting, 0.5 s pauses of an upload."""
    limits = Limits(megabytes=2, decode_seconds=1, paint_seconds=2, pause_seconds=0.5, upload_seconds=3, head_seconds=1)
    running = House(Settings(workers=2, limits=limits))
    yield running
    running.stop()
