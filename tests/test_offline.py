"""Pincel promises to work offline: it writes nothing but its output and asks nobody anything."""

import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

WAIT = 10  # s; onnxruntime's telemetry, left on, looks its collector up within this time after a session was made

PAINT = f"""
import sys, time, pincel
pincel.colorize(pincel.example("cat")).save("painted.png")
time.sleep({WAIT} if "wait" in sys.argv else 0)
"""


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def run(command, home, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    done = subprocess.run(
        command, cwd=home.parent, env=environment | {"HOME": str(home)}, capture_output=True, text=True, **more
    )
    assert done.returncode == 0, done.stderr
    return done


def files_under(folder):
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_painting_from_python_writes_no_file_into_the_home_folder(home):
    run([sys.executable, "-c", PAINT], home)
    assert files_under(home) == []


def test_the_command_writes_no_file_but_its_output(home, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "scan.png")
    run([sys.executable, "-m", "pincel", "colorize", "scan.png", "-o", "colour.png"], home)
    assert sorted(files_under(tmp_path)) == ["colour.png", "scan.png"]


def test_processes_that_pincel_starts_inherit_the_silence(home):
    code = (
        "import subprocess, sys, pincel\n"
        "child = 'import os; print(os.environ[\"ORT_DISABLE_TELEMETRY\"])'\n"
        "print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True).stdout)"
    )
    assert run([sys.executable, "-c", code], home).stdout.strip() == "1"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_painting_opens_no_connection_and_looks_nothing_up(home, tmp_path):
    log = tmp_path / "calls"
    trace = ["strace", "-f", "-o", str(log), "-e", "trace=network"]
    if subprocess.run([*trace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not watch processes here")
    run([*trace, sys.executable, "-c", PAINT, "wait"], home)
    asked = [line for line in log.read_text().splitlines() if "AF_INET" in line]
    assert asked == []
