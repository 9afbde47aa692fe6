"""Models on the Hugging Face Hub: ``hf:owner/name@revision`` is fetched once, checked, and kept in the Hub's own cache.

Only ``config.json`` and ``model.onnx`` are read, and neither is code. The library that fetches is the extra `hub`; it
is imported when such a model is named, never before.
"""

from __future__ import annotations

import hashlib
import re
import sys
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from pincel.documents import first_problem, parse_json
from pincel.errors import ModelError, PincelError
from pincel.extras import require
from pincel.text import one_line, shorten

__all__ = [
    "CONFIG",
    "MODEL",
    "Described",
    "File",
    "check_repository",
    "client",
    "digest",
    "fetch",
    "is_hub",
    "pinned",
    "why",
]

PREFIX = "hf:"
CONFIG, MODEL = "config.json", "model.onnx"
REPOSITORY = r"\w[\w.-]*/\w[\w.-]*"
NAME = re.compile(rf"{PREFIX}({REPOSITORY})(?:@(\w[\w./-]*))?", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
TRY_LATER = (429, 500, 502, 503, 504)
LARGEST_CONFIG = 2**16  # bytes
LARGEST_MODEL = 2**31  # bytes; an .onnx file cannot be larger


class File(BaseModel):
    """What ``config.json`` says of one file beside it."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=1, le=LARGEST_MODEL)


class Described(BaseModel):
    """What is read of ``config.json``: which files a version has. `pincel.runtime.hub_push` writes it."""

    files: dict[str, File]


def is_hub(model: object) -> bool:
    """Whether this names a model on the Hub.

    >>> is_hub("hf:owner/name"), is_hub("default")
    (True, False)
    """
    return isinstance(model, str) and model.startswith(PREFIX)


@cache
def fetch(model: str) -> Path:
    """The file of a model on the Hub, whose digest is what the same version says that it is.

    What this process once found stays, so that a command sees one version throughout. A revision that is a whole commit
    hash and was fetched before asks nobody; any other asks which commit it is, and takes what is here when there is no
    network.

    Args:
        model: ``hf:owner/name``, or ``hf:owner/name@revision`` with a branch (``main`` by default), tag or commit.

    Returns:
        ``.../COMMIT/model.onnx``.

    Raises:
        ModelError: no such repository, revision or model, no network, or another digest.
        PincelError: the extra is not installed.
    """
    match = NAME.fullmatch(model)
    if match is None or ".." in model:
        raise ModelError(f"'{model}' names no model; write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION")
    repository, revision = match[1], match[2] or "main"
    config = _download(model, repository, CONFIG, revision, LARGEST_CONFIG)
    commit = config.parent.name
    try:
        wanted = Described.model_validate(parse_json(config.read_bytes())).files[MODEL]
    except KeyError:
        raise ModelError(f"{model} is not one of Pincel's models: its {CONFIG} names no {MODEL}") from None
    except (ValidationError, ValueError) as error:
        said = f"its {CONFIG} cannot be read ({one_line(first_problem(error))})"
        raise ModelError(f"{model} is not one of Pincel's models: {said}") from None
    file = _download(model, repository, MODEL, commit, wanted.bytes)
    if digest(file) != wanted.sha256:
        file.resolve().unlink(missing_ok=True)  # the Hub's cache has a link, and would give it again
        file.unlink(missing_ok=True)
        raise ModelError(
            f"{model} was changed or damaged: the sha256 of its {MODEL} is not the one in its {CONFIG}; the copy here "
            "was removed, so try again, and then ask its owner"
        )
    return file


def pinned(model: str) -> str:
    """The name of the very version that `fetch` finds, for files that are read again another day."""
    return f"{model.partition('@')[0]}@{fetch(model).parent.name}"


def check_repository(name: str) -> str:
    """The name of a repository, when it is one.

    Raises:
        PincelError: it is none.
    """
    if not re.fullmatch(REPOSITORY, name, re.ASCII) or ".." in name:
        raise PincelError(f"'{name}' names no repository; write OWNER/NAME, as grandma/photos")
    return name


def digest(file: Path) -> str:
    """The sha256 of a file, 64 hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def client() -> Any:
    """The module ``huggingface_hub``, quiet; its telemetry is off (`pincel.telemetry`).

    Raises:
        PincelError: it is not installed.
    """
    require("huggingface_hub")
    import huggingface_hub
    import huggingface_hub.errors
    from huggingface_hub.utils import disable_progress_bars, logging

    logging.set_verbosity_error()
    if not sys.stderr.isatty():
        disable_progress_bars()
    return huggingface_hub


def why(error: Exception, repository: str, file: str = "", revision: str = "main") -> str:
    """What went wrong between here and the Hub, as a sentence.

    Args:
        error: that ``huggingface_hub`` raised.
        repository: ``owner/name``.
        file: that was asked for.
        revision: of which.
    """
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    status = _status(error)
    log_in = "log in with: hf auth login"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return f"{hub} cannot be reached, and {repository} has not been fetched before; connect to the network once"
    if isinstance(error, errors.GatedRepoError):
        return f"the owner of {repository} lets in whom they know; ask at {hub}/{repository}, and {log_in}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repository} has no revision '{revision}'; look at {hub}/{repository}"
    if isinstance(error, errors.EntryNotFoundError):
        return f"{repository} has no {file}, so it holds no model of Pincel's; `pincel push` makes such repositories"
    if isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        return f"there is no repository {repository} at {hub}, or it is private; check the name, or {log_in}"
    if isinstance(error, errors.LocalTokenNotFoundError) or status in (401, 403):
        return f"{hub} does not let you do this with {repository}; {log_in}"
    if status:
        return f"{hub} answers with {status}; try again later"
    if isinstance(error, OSError) and error.errno:
        return f"{repository} cannot be kept here: {error.strerror}"
    return f"{hub} gives no answer that can be used ({shorten(one_line(str(error)) or type(error).__name__, 120)})"


def _download(model: str, repository: str, file: str, revision: str, most: int) -> Path:
    """A file of the repository, in the Hub's cache; its size is asked for before it is fetched."""
    hub = client()
    kept = partial(hub.hf_hub_download, repository, file, revision=revision)
    try:
        if COMMIT.fullmatch(revision):
            with suppress(hub.errors.LocalEntryNotFoundError):
                return Path(kept(local_files_only=True))
        try:
            size = hub.get_hf_file_metadata(hub.hf_hub_url(repository, file, revision=revision)).size
        except Exception as error:
            if _status(error) and _status(error) not in TRY_LATER:
                raise
            return Path(kept(local_files_only=True))  # the library's own way here takes 20 seconds without a network
        if size is not None and size > most:
            raise ModelError(f"{model} is not one of Pincel's models: its {file} has {size:,} bytes, not {most:,}")
        return Path(kept())
    except ModelError:
        raise
    except Exception as error:  # what it raises has no common base class
        raise ModelError(why(error, repository, file, revision)) from None


def _status(error: Exception) -> int:
    """What the Hub answered; 0: nothing."""
    return getattr(getattr(error, "response", None), "status_code", 0)
