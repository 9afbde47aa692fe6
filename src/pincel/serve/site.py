"""The page as a folder of static files that paints in the browser, for any web host and for days without a network."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import onnxruntime

from pincel import __version__
from pincel.errors import ModelError, PincelError, pick
from pincel.files import write_atomically
from pincel.runtime.model_file import embedded_models
from pincel.serve.browser_runtime import VERSION, Runtime, find_runtime
from pincel.serve.catalogue import EXAMPLES, STATIC, Catalogue, Offer, find_models

__all__ = ["write_site"]

LICENCES = "LICENCES.txt"
MARK = "pincel-site.json"  # a folder with it may be written again
APP = re.compile(r"app-[0-9a-f]{12}")
ONLY_SERVED = {"docs.html", "docs.css", "docs.js", "index.html", "sw.js"}
POLICY = (  # as the server's, as far as a page can say it of itself
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
WHY_NOT = "Where a network looks is only shown by Pincel on a computer of your own (pincel serve)."
PAPER = "#faf8f4"


def write_site(out: Path, models: Sequence[str] = (), base: str = "./") -> list[str]:
    """Write the page, its models and the runtime.

    Args:
        out: a new or empty folder, or one that this wrote before.
        models: names of embedded models and .onnx files, in the page's order; all embedded ones by default, with
            ``light`` first where there is one.
        base: the path under which it will be served, as ``/photos/``; only an installed page needs to know.

    Returns:
        Names of the models.

    Raises:
        PincelError: no runtime, no such model, one that browsers cannot run, or a folder with something else in it.
    """
    runtime = find_runtime()
    if runtime is None:
        raise PincelError(
            "painting in the browser needs onnxruntime-web, which is not here yet; fetch it once: pincel web"
        )
    if not (base == "./" or (base.startswith("/") and base.endswith("/"))):
        raise PincelError(f"--base is a path that begins and ends with /, as /photos/, not {base}")
    offers = _offers(models)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (out / MARK).is_file():
        raise PincelError(f"{out} has something else in it; give a new folder")
    kept = {f"runtime-{VERSION}/{path.name}": path for path in runtime.files()}
    files = {offer.name: f"models/{_safe(offer.name)}-{_digest(offer.path.read_bytes())}.onnx" for offer in offers}
    kept |= {files[offer.name]: offer.path for offer in offers}
    app = _app(offers, files, runtime)
    for name, path in kept.items():
        _put(out / name, path.read_bytes())
    for name, data in app.items():
        _put(out / name, data)
    for name, data in _entrance(app, list(kept), base).items():  # last: until then the old version is whole
        _put(out / name, data)
    _forget_old(out, {*app, *kept})
    return [offer.name for offer in offers]


def _offers(models: Sequence[str]) -> list[Offer]:
    named = [name for name in models if name in embedded_models()]
    catalogue: Catalogue = find_models([name for name in models if name not in named])
    wanted = [name if name in named else Path(name).stem for name in models]
    wanted = wanted or sorted(catalogue.models, key=lambda name: ["light", "default", name].index(name))
    offers = [pick(catalogue.models, name, "model", ModelError) for name in dict.fromkeys(wanted)]
    for offer in offers:
        if offer.shown()["browser"] is None:
            raise ModelError(f"model '{offer.name}' is for the task {offer.card.task}, which browsers cannot paint")
    return offers


def _app(offers: Sequence[Offer], files: dict[str, str], runtime: Runtime) -> dict[str, bytes]:
    """The files of one version of the page, by name; all in one folder that is called by what is in them."""
    told: dict[str, Any] = {
        **Catalogue({offer.name: offer for offer in offers}, {}).shown(),
        "version": __version__,
        "runtime": runtime.shown(f"runtime-{VERSION}/"),
        "why": {"available": False, "reason": WHY_NOT, "models": [], "methods": []},
    }
    for model in told["models"]:
        model["file"] = files[model["name"]]
    static = {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*")) if path.is_file()}
    app = {name: path.read_bytes() for name, path in static.items() if name not in ONLY_SERVED}
    app |= {f"examples/{path.name}": path.read_bytes() for path in sorted(EXAMPLES.glob("*.[jp][pn]g"))}
    app[LICENCES] = _licences().encode()
    page = (STATIC / "index.html").read_bytes()
    folder = f"app-{_digest(b''.join([page, json.dumps(told).encode(), *app.values()]))}"
    told["examples"]["folder"] = f"{folder}/examples/"
    app["offers.json"] = json.dumps(told).encode()
    return {f"{folder}/{name}": data for name, data in app.items()}


def _entrance(app: dict[str, bytes], kept: list[str], base: str) -> dict[str, bytes]:
    """What stands beside the folders under names that stay: page, manifest, service worker, mark."""
    folder = next(iter(app)).partition("/")[0]
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<link rel="manifest" href="manifest.webmanifest">\n'
        f'<meta name="theme-color" content="{PAPER}">\n<script type="module" src="{folder}/site.js"></script>\n'
    )
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    page = page.replace('="static/', f'="{folder}/').replace(
        '<html lang="en">', f'<html lang="en" data-site="{folder}">'
    )
    page = page.replace('<meta charset="utf-8">\n', f'<meta charset="utf-8">\n{head}', 1)
    page = page.replace('<a href="docs">For programs: the API</a>', f'<a href="{folder}/{LICENCES}">Licences</a>')
    manifest = {
        "name": "Pincel",
        "short_name": "Pincel",
        "description": "Give old photos their colours, without sending them anywhere.",
        "id": base,
        "start_url": base,
        "scope": base,
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [{"src": f"{folder}/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    files = [name for name in app if not name.endswith(LICENCES)]  # long, and seldom read
    site = {"version": folder, "app": ["./", "manifest.webmanifest", *files], "kept": kept}
    return {
        MARK: json.dumps({"pincel": __version__, "app": folder}).encode(),
        "manifest.webmanifest": json.dumps(manifest).encode(),
        "index.html": page.encode(),
        "sw.js": f"const SITE = {json.dumps(site)};\n".encode() + (STATIC / "sw.js").read_bytes(),
    }


def _licences() -> str:
    """Whose work the folder carries, and on what terms."""
    own = "Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0"
    try:
        files = distribution("pincel").files or []
        own = next((file.read_text() for file in files if file.name == "LICENSE" and "weights" not in file.parts), own)
    except PackageNotFoundError:
        pass
    theirs = Path(onnxruntime.__file__).parent
    parts = {"Pincel": own, "The models": (next(iter(embedded_models().values())).parent / "LICENSE").read_text()}
    for name in ("LICENSE", "ThirdPartyNotices.txt"):
        if (theirs / name).is_file():
            parts[f"onnxruntime-web, {name}"] = (theirs / name).read_text(encoding="utf-8", errors="replace")
    return "\n\n".join(f"{title}\n{'=' * len(title)}\n\n{text.strip()}" for title, text in parts.items()) + "\n"


def _forget_old(out: Path, current: set[str]) -> None:
    """Remove the folders and models of versions before."""
    for path in out.iterdir():
        if APP.fullmatch(path.name) and not any(name.startswith(path.name) for name in current):
            shutil.rmtree(path)
    for path in [*(out / "models").iterdir()]:
        if f"models/{path.name}" not in current:
            path.unlink()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
