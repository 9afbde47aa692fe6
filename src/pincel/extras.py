"""Parts of Pincel that are installed on wish: to which a missing module belongs, and the line that brings it."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlparse

from pincel.errors import PincelError

__all__ = ["install_line", "missing_part", "require"]

EXTRAS = {  # extra -> its top-level modules; all others are of `train`
    "heic": ("pillow_heif",),
    "hub": ("huggingface_hub",),
    "serve": ("fastapi", "python_multipart", "starlette", "uvicorn"),
}


def missing_part(module: str) -> str:
    """The sentence for a module that is not installed.

    Args:
        module: its name, as a `ModuleNotFoundError` tells it.
    """
    top = module.partition(".")[0]
    extra = next((extra for extra, modules in EXTRAS.items() if top in modules), "train")
    return f"this needs {top}, which comes with the part '{extra}' and is not installed; install it with: " + (
        install_line(extra)
    )


def require(*modules: str) -> None:
    """Refuse before the work begins what would miss a module at its end.

    Raises:
        PincelError: one of them is not installed.
    """
    for module in modules:
        if find_spec(module) is None:
            raise PincelError(missing_part(module))


def install_line(extra: str) -> str:
    """The command that adds an extra to this very installation: from its checkout, or from the package index."""
    checkout, editable = _checkout()
    own = Path(shutil.which("pip") or "").parent == Path(sys.executable).parent
    pip = "pip" if own else f"{shlex.quote(sys.executable)} -m pip"
    if checkout is None:
        return f"{pip} install 'pincel[{extra}]'"
    return f"cd {shlex.quote(str(checkout))} && {pip} install {'-e ' if editable else ''}'.[{extra}]'"


def _checkout() -> tuple[Path | None, bool]:
    """The folder that this was installed from, where it still is there; and whether it is used from there."""
    try:
        origin = json.loads(distribution("pincel").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    folder = Path(unquote(urlparse(origin.get("url", "")).path))
    if not origin.get("url", "").startswith("file:") or not (folder / "pyproject.toml").is_file():
        return None, False
    return folder, bool(origin.get("dir_info", {}).get("editable"))
