"""What `pincel push` sends to the Hugging Face Hub: a folder of files, all in one commit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pincel import __version__
from pincel.errors import PincelError
from pincel.files import reason
from pincel.runtime.card import ModelCard
from pincel.runtime.card_facts import card_facts, quality_facts
from pincel.runtime.hub import CONFIG, MODEL, Described, File, client, digest, why
from pincel.runtime.model_file import load_model
from pincel.tasks import TASKS

__all__ = ["send", "write_folder"]

WEIGHTS, README = "model.safetensors", "README.md"


def write_folder(model: str | Path, repository: str, out: Path, weights: Path | None = None) -> list[Path]:
    """Lay down what a repository holds: ``model.onnx``, ``config.json`` with its digest, the card as ``README.md``.

    Args:
        model: by its name or file; it is tried, as any that is loaded.
        repository: ``owner/name``, for the lines that tell how to use it.
        out: the folder; files of these names in it are replaced.
        weights: the same network's, from its run: they become ``model.safetensors``, to train on.

    Returns:
        The files.

    Raises:
        PincelError: the model cannot be loaded, or the folder cannot be written.
    """
    loaded = load_model(model)
    sources = {MODEL: loaded.path} | ({WEIGHTS: weights} if weights else {})
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, source in sources.items():
            shutil.copyfile(source, out / name)
        described = {name: File(sha256=digest(out / name), bytes=(out / name).stat().st_size) for name in sources}
        about = {"library_name": "pincel", "pincel": __version__, "name": loaded.card.name, "task": loaded.card.task}
        text = json.dumps(about | Described(files=described).model_dump(), indent=1)
        (out / CONFIG).write_text(f"{text}\n", encoding="utf-8")
        (out / README).write_text(_readme(loaded.card, repository), encoding="utf-8")
    except OSError as error:
        raise PincelError(f"{out} cannot be written: {reason(error)}") from None
    return [out / name for name in (*sources, CONFIG, README)]


def send(files: list[Path], repository: str, *, private: bool = False) -> tuple[str, str]:
    """Send files to a repository, which is made when it is not there yet; all of them or none.

    A ``model.safetensors`` of an earlier version does not stay beside another version's ``model.onnx``.

    Args:
        files: what it shall hold, as of `write_folder`.
        repository: ``owner/name``.
        private: whether a new repository is seen by its owner alone.

    Returns:
        The commit, and the address of the page that shows it.

    Raises:
        PincelError: the extra is not installed, nobody is logged in, it is not allowed, or there is no network.
    """
    hub = client()
    api = hub.HfApi()
    names = {file.name for file in files}
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        operations = [hub.CommitOperationAdd(path_in_repo=file.name, path_or_fileobj=file) for file in files]
        if WEIGHTS not in names and api.file_exists(repository, WEIGHTS):
            operations.append(hub.CommitOperationDelete(path_in_repo=WEIGHTS))
        done = api.create_commit(repository, operations, commit_message=f"pincel push ({__version__})")
    except Exception as error:  # what it raises has no common base class
        raise PincelError(why(error, repository)) from None
    return done.oid, done.commit_url


def _readme(card: ModelCard, repository: str) -> str:
    """The card for people; what stands before it tells the Hub's search what this is."""
    task = TASKS[card.task]
    tags = ["pincel", card.task, "onnx"]
    lines = ["---", "library_name: pincel", "pipeline_tag: image-to-image", "tags:", *(f"- {tag}" for tag in tags)]
    lines += ["---", "", f"# {card.name}", "", "```bash", "pip install 'pincel[hub]'"]
    lines += [f"pincel {task.commands[0]} {task.asks} --model hf:{repository}", "```", ""]
    facts = {name: text for name, text in card_facts(card).items() if name != "description"}
    lines += [card.description, ""] * bool(card.description)
    lines += _table("what", facts)
    if quality := quality_facts(card):
        lines += ["", "## Measured", "", *_table("on", quality)]
    if card.recipe:
        lines += ["", "## Recipe", "", *(f"    {line}" for line in card.recipe.rstrip().splitlines())]
    return "\n".join([*lines, ""])


def _table(heading: str, rows: dict[str, str]) -> list[str]:
    def cell(text: str) -> str:
        return " ".join(text.replace("|", "\\|").split())

    return [f"| {heading} | |", "|---|---|", *(f"| {cell(name)} | {cell(text)} |" for name, text in rows.items())]
