"""The card inside a model file: fields that only a person knows come from YAML, measured quality comes later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pincel.documents import read_yaml
from pincel.errors import ModelError, PincelError, join
from pincel.export.model_out import write_graph
from pincel.runtime.card import CARD_KEY, ModelCard, read_card, wrong_field
from pincel.runtime.graph import read_graph

__all__ = ["add_quality", "read_card_fields"]


def add_quality(path: Path, quality: dict[str, Any]) -> None:
    """Write measured figures into the card of a model file; its network stays as it is.

    Args:
        path: a model file of Pincel's.
        quality: entries for `ModelCard.quality`; one of the same name is replaced.

    Raises:
        ModelError: the file has no card.
        PincelError: it cannot be written.
    """
    model = read_graph(path)
    entry = next((entry for entry in model.metadata_props if entry.key == CARD_KEY), None)
    if entry is None:
        raise ModelError(f"{path} is not one of Pincel's models: it has no model card inside")
    card = read_card(entry.value)
    entry.value = card.model_copy(update={"quality": card.quality | quality}).model_dump_json()
    write_graph(model, path)


def read_card_fields(path: Path | None) -> dict[str, Any]:
    """A YAML mapping whose keys are fields of `ModelCard`; empty when ``path`` is None.

    Raises:
        PincelError: the file is missing, is not a mapping, or has an unknown key or a wrong value.
    """
    if path is None:
        return {}
    try:
        fields = read_yaml(path)
    except (OSError, ValueError) as error:
        raise PincelError(f"card file {path} cannot be read as YAML: {error}") from None
    if not isinstance(fields, dict):
        raise PincelError(f"card file {path} must be a list of 'key: value' lines")
    unknown = set(fields) - set(ModelCard.model_fields)
    if unknown:
        raise PincelError(
            f"card file {path} has the unknown key '{sorted(unknown)[0]}'; known: {join(ModelCard.model_fields)}"
        )
    try:
        ModelCard.model_validate({"name": "mine", "task": "colorize"} | fields)
    except ValidationError as error:
        raise PincelError(f"card file {path}: {wrong_field(error)}") from None
    return fields
