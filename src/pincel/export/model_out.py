"""A model file made of another one: refused early where it cannot be written, and whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pincel.errors import PincelError
from pincel.files import reason, write_atomically
from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard
from pincel.runtime.model_file import Model, embedded_models, load_model

__all__ = ["check_out", "load_file", "set_card", "write_graph"]


def load_file(model: str | Path | Model) -> Model:
    """A model by name, by file, or loaded.

    Raises:
        PincelError: it cannot be loaded; a run must be exported first.
    """
    if not isinstance(model, Model) and str(model) not in embedded_models() and Path(model).is_dir():
        raise PincelError(f"{model} is a folder; if it is a run, export it first: pincel export {model} -o model.onnx")
    return load_model(model)


def check_out(out: Path, model: Model) -> None:
    """Refuse, before the long work, what could not be written, or would be written over the model itself.

    Raises:
        PincelError: one of these.
    """
    if out.suffix.lower() != ".onnx" or out.is_dir():
        raise PincelError(f"{out} is no name of a model file; end it in .onnx")
    if out.exists() and out.samefile(model.path):
        raise PincelError(f"{out} is the model itself; choose another -o, so that it stays as it is")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        probe = out.with_name(f".{out.name}.probe")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _not_written(out, error) from None


def set_card(graph: Any, card: ModelCard, before: Model) -> None:
    """Give a graph its card, and the hashes of the training pictures as they were.

    Args:
        graph: an ``onnx.ModelProto``, changed in place.
        card: the new one.
        before: the model it was made of.
    """
    texts = before.session.get_modelmeta().custom_metadata_map | {CARD_KEY: card.model_dump_json()}
    del graph.metadata_props[:]
    for key in (CARD_KEY, HASHES_KEY):
        if key in texts:
            entry = graph.metadata_props.add()
            entry.key, entry.value = key, texts[key]


def write_graph(graph: Any, out: Path) -> int:
    """Write an ``onnx.ModelProto``.

    Returns:
        Its size in bytes.

    Raises:
        PincelError: the system refuses; nothing is left behind.
    """
    data = graph.SerializeToString()
    try:
        write_atomically(out, data)
    except OSError as error:
        raise _not_written(out, error) from None
    return len(data)


def _not_written(out: Path, error: OSError) -> PincelError:
    return PincelError(f"{out} cannot be written: {reason(error)}")
