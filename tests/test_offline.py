"""Pincel promises to work offline: it writes nothing but its output and asks nobody anything."""

import json
import os
import shutil
import subprocess
import sys
import types

import pytest
from PIL import Image

from pincel.telemetry import SWITCHES, silence

WAIT = 10  # s; onnxruntime's telemetry, left on, looks its collector up within this time after a session was made

PAINT = f"""
import sys, time, pincel
pincel.colorize(pincel.example("cat")).save("painted.png")
time.sleep({WAIT} if "wait" in sys.argv else 0)
print("huggingface_hub" in sys.modules)
"""


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def run(command, home, **environment):
    """As a user with these variables would: those that pincel has set in this process are gone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and name not in SWITCHES}
    environment = {**kept, "HOME": str(home), **environment}
    done = subprocess.run(command, cwd=home.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def files_under(folder):
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_painting_from_python_writes_no_file_into_the_home_folder_and_imports_no_hub(home):
    assert run([sys.executable, "-c", PAINT], home).stdout == "False\n"
    assert files_under(home) == []


def test_the_command_writes_no_file_but_its_output_and_the_index_beside_it(home, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "scan.png")
    run([sys.executable, "-m", "pincel", "colorize", "scan.png", "-o", "colour.png"], home)
    assert sorted(files_under(tmp_path)) == [".pincel.jsonl", "colour.png", "scan.png"]


def test_processes_that_pincel_starts_inherit_the_silence(home):
    otherwise = dict.fromkeys(SWITCHES, "as somebody had set it")
    code = (
        "import subprocess, sys, pincel\n"
        "child = 'import json, os; print(json.dumps(dict(os.environ)))'\n"
        "print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True).stdout)"
    )
    found = json.loads(run([sys.executable, "-c", code], home, **otherwise).stdout)
    assert {name: found.get(name) for name in SWITCHES} == SWITCHES


def test_the_libraries_hear_it(home):
    code = (
        "import pincel\n"
        "from huggingface_hub import constants\n"
        "from fastapi import FastAPI\n"
        "print(constants.HF_HUB_DISABLE_TELEMETRY, getattr(FastAPI(), '_telemetry', {}).get('auto_configure', False))"
    )
    said = run([sys.executable, "-c", code], home, FASTAPI_OTEL_AUTO_CONFIGURE="true").stdout
    assert said.split() == ["True", "False"]


def test_a_library_that_was_imported_before_pincel_is_told_too(monkeypatch):
    found = []
    early = types.SimpleNamespace(disable_telemetry_events=lambda: found.append("onnxruntime"))
    monkeypatch.setitem(sys.modules, "onnxruntime", early)
    silence()
    assert found == ["onnxruntime"]


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
