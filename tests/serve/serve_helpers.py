"""Servers and browsers as tests start them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from toy_work import ToyWork

from pincel.runtime.card import ModelCard
from pincel.serve.app import create_app
from pincel.serve.browser_runtime import find_runtime
from pincel.serve.catalogue import Catalogue, Offer
from pincel.serve.server import config_of
from pincel.serve.settings import Settings

API = "/api/v1"
START_SECONDS = 60
NOWHERE = "/no-such-folder"  # of what painting in the browser runs on: what is tested here is the server


CHROMIUM = shutil.which("chromium")
RUNTIME = find_runtime()
WHY_NOT_IN_BROWSER = "there is no Chromium" if CHROMIUM is None else "there is no onnxruntime-web (pincel web)"
in_browser = pytest.mark.skipif(CHROMIUM is None or RUNTIME is None, reason=WHY_NOT_IN_BROWSER)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A Chromium, from Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        started = tool.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


class Process:
    """``pincel serve`` as a user starts it."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        command = [sys.executable, "-m", "pincel", "serve", "--no-browser", "--port", "0", *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PINCEL_WEB": NOWHERE, **environment},
        )
        assert self.process.stdout is not None
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Pincel is at "):
                self.url = line.split()[3]
                return
        raise AssertionError(f"no server: {self.process.stderr.read()}")

    def children(self) -> list[int]:
        """Process numbers of its workers."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                command = (entry / "cmdline").read_bytes()
                if int(fields[1]) == self.process.pid and b"spawn_main" in command:
                    found.append(int(entry.name))
        return found

    def stop(self, number: int = signal.SIGINT) -> tuple[str, str]:
        """Ctrl-C; what it said."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return "".join(self.said) + out, err


class House:
    """A real uvicorn in a thread of the tests, whose workers are toys."""

    def __init__(self, settings: Settings) -> None:
        offer = Offer("default", Path(__file__), ModelCard(name="default", task="colorize"))
        drawing = Offer("sketch", Path(__file__), ModelCard(name="sketch", task="sketch"))
        app = create_app(settings, Catalogue({"default": offer, "sketch": drawing}, {}), painting=ToyWork())
        config = config_of(app, settings.limits)
        config.port = 0
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_until(lambda: self.server.started, START_SECONDS)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.house = app.app.state.house

    def client(self) -> httpx.Client:
        """A client with connections of its own."""
        return httpx.Client(base_url=self.url + API, timeout=30)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)


@contextlib.contextmanager
def stripping_proxy(target: str, prefix: str) -> Iterator[str]:
    """As nginx's ``location /pincel/ { proxy_pass http://target/; }``; the address of what it shows."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(prefix):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            answer = httpx.request(self.command, f"{target}/{self.path[len(prefix) :]}", content=body, headers=kept)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in ("content-encoding", "content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_port}{prefix}"
    proxy.shutdown()
    proxy.server_close()


def wait_until(holds, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
