"""What the Dockerfile says, done without Docker: its files copied, its RUN lines run, its CMD served, its health asked.

    sudo python benchmarks/dockerfile.py --python /usr/bin/python3.11

As root on Linux the command runs as the Dockerfile's user, in a mount namespace whose every folder is read-only, /tmp
too (`docker run --read-only` without a tmpfs); as anybody else only the build and the answers are tried. The base image
and its Python are not: both stages use the one of ``--python``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
READ_ONLY = "mount --make-rprivate / && mount --bind / / && mount -o remount,ro,bind / && cd / && exec "
PORT = 8765


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile, as ("RUN", "pip install"); continued lines are joined, comments left out."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), " ".join(rest.split())


def stages(text: str) -> list[list[tuple[str, str]]]:
    """The instructions of each stage, which begins with its FROM."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions(text):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def build(stage: list[tuple[str, str]], source: Path, prefix: Path, python: str) -> None:
    """Copy and run what the first stage does; /opt/pincel becomes ``prefix``."""
    variables = dict(rest.split("=", 1) for name, rest in stage if name == "ARG")
    for name, rest in stage:
        if name == "COPY":
            *files, to = rest.split()
            for file in files:
                copy = shutil.copytree if (ROOT / file).is_dir() else shutil.copy
                copy(ROOT / file, source / (to if (ROOT / file).is_dir() else file))
        if name == "RUN":
            line = rest.replace("/opt/pincel", str(prefix)).replace("python -m venv", f"{python} -m venv")
            print(f"RUN {line}", flush=True)
            subprocess.run(line, shell=True, cwd=source, env=os.environ | variables, check=True)


def serve(stage: list[tuple[str, str]], prefix: Path) -> subprocess.Popen[str]:
    """Start the last stage's CMD, as its user and without a folder to write to where that can be had here."""
    said = dict(stage)
    command = [*json.loads(said["CMD"]), "--port", str(PORT)]
    variables = dict(re.findall(r"(\w+)=(\S+)", said["ENV"]))
    variables["PATH"] = f"{prefix}/bin:/usr/bin:/bin"
    strict = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") and shutil.which("setpriv")
    if strict:
        user, group = said["USER"].split(":")
        drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        line = shlex.join([*drop, "--inh-caps=-all", "--bounding-set=-all", *command])
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY + line]
    print(f"CMD {shlex.join(command)}", flush=True)
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="of a folder that everybody may read")
    arguments = parser.parse_args()
    first, last = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="pincel-image-") as work:
        Path(work).chmod(0o755)
        source, prefix = Path(work) / "src", Path(work) / "opt"
        source.mkdir()
        build(first, source, prefix, arguments.python)
        size = sum(path.stat().st_size for path in prefix.rglob("*") if path.is_file() and not path.is_symlink())
        print(f"/opt/pincel: {size / 1e6:.0f} MB")
        server = serve(last, prefix)
        try:
            ask(dict(last)["HEALTHCHECK"], prefix, server)
        finally:
            server.terminate()
            print(server.communicate(timeout=30)[0], end="")


def ask(healthcheck: str, prefix: Path, server: subprocess.Popen[str]) -> None:
    """The Dockerfile's own health check until it is content, and then a photo."""
    check = json.loads(healthcheck[healthcheck.index("CMD ") + 4 :].replace(":8000/", f":{PORT}/"))
    began = time.monotonic()
    while subprocess.run([prefix / "bin" / check[0], *check[1:]], capture_output=True, check=False).returncode:
        if server.poll() is not None or time.monotonic() - began > 120:
            sys.exit("the health check fails")
        time.sleep(0.5)
    print(f"healthy after {time.monotonic() - began:.1f} s")
    photo = (ROOT / "src" / "pincel" / "examples" / "cat.jpg").read_bytes()
    asked = urllib.request.Request(f"http://localhost:{PORT}/api/v1/colorize", photo)
    with urllib.request.urlopen(asked, timeout=120) as answer:
        print(f"POST cat.jpg: {answer.status} {answer.headers['Content-Type']}, {len(answer.read()):,} bytes")
    if Path("/proc").is_dir() and (inside := _children(server.pid)):
        state = Path(f"/proc/{inside}/status").read_text()
        print("runs as", re.findall(r"^(?:Uid|CapEff|NoNewPrivs):.*$", state, re.M))


def _children(process: int) -> int:
    """The process that a shell became or started."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(found[0]) if found else process


if __name__ == "__main__":
    main()
