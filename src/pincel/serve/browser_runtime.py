"""What painting in the browser runs on: onnxruntime-web (MIT), fetched once by `pincel web`, checked and kept.

No package index of Python has it, so it cannot come with an extra of pip, and it is too large for every wheel. Nothing
is fetched while a server or a site is used.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import sys
import tarfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pincel.errors import PincelError
from pincel.files import reason, write_atomically

__all__ = ["TARBALL", "VERSION", "Runtime", "find_runtime", "install_runtime", "runtime_folder"]

VERSION = "1.30.0"
TARBALL = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # npm's integrity
LARGEST = 64 * 2**20  # bytes
SECONDS = 60.0  # without a byte
# as we keep them: not every host knows .mjs; the WebAssembly is packed to a quarter, and the page unpacks it
SCRIPT, MODULE, BINARY = "ort.wasm.min.js", "ort-wasm-simd-threaded.js", "ort-wasm-simd-threaded.bin"
PUBLISHED = {SCRIPT: "ort.wasm.min.mjs", MODULE: "ort-wasm-simd-threaded.mjs", BINARY: "ort-wasm-simd-threaded.wasm"}


@dataclass(frozen=True)
class Runtime:
    """The files in a folder: two modules and the packed WebAssembly."""

    folder: Path
    script: str = SCRIPT
    module: str = MODULE
    binary: str = BINARY

    def files(self) -> list[Path]:
        """All of them."""
        return [self.folder / name for name in (self.script, self.module, self.binary)]

    def shown(self, base: str) -> dict[str, str | int]:
        """What the page is told: addresses below ``base``, and how many bytes of WebAssembly are to come."""
        size = (self.folder / self.binary).stat().st_size
        return {name: base + getattr(self, name) for name in ("script", "module", "binary")} | {"bytes": size}


def runtime_folder() -> Path:
    """Where it is kept: ``$PINCEL_WEB``, or a folder of the user's data that every installation shares."""
    given = os.environ.get("PINCEL_WEB")
    if given:
        return Path(given)
    variable, usual = (
        ("LOCALAPPDATA", "AppData/Local") if sys.platform == "win32" else ("XDG_DATA_HOME", ".local/share")
    )
    return Path(os.environ.get(variable) or Path.home() / usual) / "pincel" / f"onnxruntime-web-{VERSION}"


def find_runtime() -> Runtime | None:
    """The runtime where it was installed."""
    runtime = Runtime(runtime_folder())
    return runtime if all(path.is_file() for path in runtime.files()) else None


def install_runtime(tarball: Path | None = None, say: Callable[[str], None] = lambda _: None) -> Runtime:
    """Fetch it from npm's registry, or take a file that was fetched elsewhere; check it and keep what is needed.

    Args:
        tarball: ``onnxruntime-web-1.30.0.tgz``; fetched when None.
        say: is told what takes time.

    Raises:
        PincelError: it cannot be had, is not the file that it should be, or cannot be written.
    """
    if tarball is None:
        say(f"fetching onnxruntime-web {VERSION} (33 MB) from {TARBALL}")
    data = _fetched() if tarball is None else _read(tarball)
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != SHA512:
        raise PincelError(
            f"{tarball or TARBALL} is not onnxruntime-web {VERSION} as it was published (its SHA-512 differs); "
            "fetch it again"
        )
    runtime = Runtime(runtime_folder())
    try:
        runtime.folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for name, published in PUBLISHED.items():
                member = archive.extractfile(f"package/dist/{published}")
                content = member.read() if member else b""
                write_atomically(
                    runtime.folder / name, gzip.compress(content, 9, mtime=0) if name == BINARY else content
                )
    except OSError as error:
        raise PincelError(
            f"{runtime.folder} cannot be written: {reason(error)}; $PINCEL_WEB names another folder"
        ) from None
    return runtime


def _fetched() -> bytes:
    try:
        with urllib.request.urlopen(TARBALL, timeout=SECONDS) as answer:
            return answer.read(LARGEST)
    except OSError as error:
        raise PincelError(
            f"{TARBALL} cannot be fetched ({error}); fetch it on another machine and give it: "
            f"pincel web {Path(TARBALL).name}"
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PincelError(f"{path} cannot be read: {reason(error)}") from None
