"""`pincel serve` on the command line: how it starts, says where it is, and ends."""

import io
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image

from pincel.extras import missing_part

sys.path.insert(0, str(Path(__file__).parent.parent / "serve"))
from serve_helpers import API, Process, wait_until


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server with a token, reachable from elsewhere and behind a proxy, and one worker."""
    running = Process("--host", "0.0.0.0", "--token", "sesame", "--workers", 1, "--root-path", "/pincel")
    yield running
    if running.process.poll() is None:
        running.stop()


def test_a_token_is_asked_for_except_by_page_health_and_schema(guarded):
    with httpx.Client(base_url=guarded.url, timeout=60) as client:
        for path in ("/", API + "/health", "/openapi.json", "/static/favicon.svg"):
            assert client.get(path).status_code == 200
        for headers in ({}, {"Authorization": "Bearer sesam"}, {"Authorization": "Basic sesame"}):
            refused = client.get(API + "/models", headers=headers)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            assert "Authorization: Bearer TOKEN" in refused.json()["detail"]
            assert client.post(API + "/colorize", content=b"x", headers=headers).status_code == 401
        answer = client.get(API + "/models", headers={"Authorization": "Bearer sesame"})
        assert answer.json()["token_needed"] is True
        assert "security" in client.get("/openapi.json").json()["paths"][API + "/models"]["get"]


def test_a_server_for_everybody_answers_to_any_name(guarded):
    assert httpx.get(guarded.url + API + "/health", headers={"Host": "photos.example"}).status_code == 200


def test_a_proxy_may_strip_the_path_under_which_it_shows_the_server_or_not(guarded):
    with httpx.Client(base_url=guarded.url, timeout=60) as client:
        for path in ("/", API + "/health", "/static/app.js", "/examples/cat.jpg", "/docs"):
            stripped, whole = client.get(path), client.get("/pincel" + path)
            assert (stripped.status_code, whole.status_code) == (200, 200)
            assert stripped.content == whole.content
        assert client.get("/pincel").headers["Location"] == "/pincel/"
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/pincel"}]
        assert client.get("/pincel/nothing").status_code == 404
    assert "behind a proxy at /pincel" in guarded.said[-1]


def test_a_worker_process_that_is_killed_is_replaced(guarded):
    before = guarded.children()
    assert len(before) == 1
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: guarded.children() not in ([], before), 60)
    headers = {"Authorization": "Bearer sesame"}
    answer = httpx.post(guarded.url + API + "/colorize", content=b"no picture", headers=headers, timeout=60)
    assert answer.status_code == 422


def test_ctrl_c_in_the_middle_of_a_picture_ends_it_and_its_workers_without_a_traceback(guarded):
    buffer = io.BytesIO()
    Image.new("L", (10_000, 6_000)).save(buffer, "PNG", compress_level=1)  # small to send, seconds to paint
    url, headers = guarded.url + API, {"Authorization": "Bearer sesame"}
    with ThreadPoolExecutor(1) as clients:
        answer = clients.submit(httpx.post, url + "/colorize", content=buffer.getvalue(), headers=headers, timeout=60)
        wait_until(lambda: httpx.get(url + "/health").json()["working"] == 1)
        workers = guarded.children()
        out, err = guarded.stop(signal.SIGINT)
        assert answer.result().status_code in (200, 503)  # 200: it was quicker than us
        if answer.result().status_code == 503:
            assert answer.result().json()["detail"] == "the server is being stopped"
    assert out.splitlines()[-1] == "Stopped."
    assert guarded.process.returncode == 0
    assert "Traceback" not in out + err
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_workers_end_when_the_server_is_killed():
    running = Process("--workers", 1)
    wait_until(lambda: running.children(), 60)
    workers = running.children()
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 60)


def test_a_port_that_is_taken_is_one_sentence(pincel_main):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pincel_main("serve", "--no-browser", "--port", port)
    assert done.returncode == 2
    assert done.stderr == (
        f"pincel: 127.0.0.1:{port} cannot be listened at (Address already in use); choose another --port or --host\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.onnx"], "there is no model 'missing.onnx'"),
        (["."], ". is not a run (no recipe.yaml and facts.json inside)"),
        (["--host", "not.a.host.invalid"], "cannot be listened at"),
        (["--allow-host", "photos.example", "--allow-host", "*"], "--allow-host '*' is no name of a host"),
        (["--trusted-proxy", "nginx"], "--trusted-proxy 'nginx' is neither an address nor a network"),
        (["--root-path", "/static"], "--root-path /static begins as the server's own paths do"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(pincel_main, arguments, said):
    done = pincel_main("serve", "--no-browser", "--port", 0, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("pincel: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--workers", 0], ["--queue", 0], ["--max-mb", 0], ["--port", 70_000]])
def test_limits_that_make_no_sense_are_refused(pincel_main, arguments):
    assert pincel_main("serve", *arguments).returncode == 2


def test_without_the_extra_it_says_what_to_install(tmp_path):
    (tmp_path / "fastapi.py").write_text("raise ModuleNotFoundError('no', name='fastapi')")
    done = subprocess.run(
        [sys.executable, "-m", "pincel", "serve"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"pincel: {missing_part('fastapi')}\n"


def test_the_server_and_its_painting_workers_import_no_torch():
    code = (
        "import sys, pincel.serve.server, pincel.serve.painting as p; "
        "from pincel.runtime.model_file import embedded_models as e; p.PaintWork((e()['default'],), 1).prepare(); "
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
