"""Fields of a model card that only a person knows (description, licence of the data), from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pincel.errors import PincelError, join
from pincel.runtime.card import ModelCard

__all__ = ["read_card_fields"]


def read_card_fields(path: Path | None) -> dict[str, Any]:
    """A YAML mapping whose keys are fields of `ModelCard`; empty when ``path`` is None.

    Raises:
        PincelError: the file is missing, is not a mapping, or has an unknown key.
    """
    if path is None:
        return {}
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        raise PincelError(f"card file {path} cannot be read as YAML") from None
    if not isinstance(fields, dict):
        raise PincelError(f"card file {path} must be a list of 'key: value' lines")
    unknown = set(fields) - set(ModelCard.model_fields)
    if unknown:
        raise PincelError(
            f"card file {path} has the unknown key '{sorted(unknown)[0]}'; known: {join(ModelCard.model_fields)}"
        )
    return fields
