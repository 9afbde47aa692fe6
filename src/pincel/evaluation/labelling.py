"""What a model is told about the pictures it is measured on."""

from __future__ import annotations

import zlib

from pincel.data.scan import PictureFile
from pincel.runtime.model_file import Model
from pincel.runtime.painter import AUTO, UNKNOWN, check_label

__all__ = ["LABEL_MODES", "OWN", "WRONG", "check_labelling", "chosen_label"]

OWN, WRONG = "own", "wrong"

LABEL_MODES = {
    OWN: "each picture's own class, where the model knows it",
    WRONG: "another class than its own, drawn by the picture's name",
    UNKNOWN: "nothing",
    AUTO: "what the model itself takes the picture for",
}


def check_labelling(model: Model, mode: str) -> None:
    """Refuse labels that a model does not know; a model without labels may be told any, it never hears them.

    Args:
        model: the candidate.
        mode: a key of `LABEL_MODES`, or one class for all pictures.

    Raises:
        ModelError: it does not know the class, or cannot tell labels by itself.
    """
    if mode not in (OWN, WRONG) and (model.card.classes or mode not in LABEL_MODES):
        check_label(model, mode)


def chosen_label(model: Model, file: PictureFile, mode: str) -> str:
    """The label to paint a picture with.

    Args:
        model: whoever paints.
        file: the picture; its class folder is its own class.
        mode: a key of `LABEL_MODES`, or one class for all pictures.
    """
    classes = model.card.classes
    if not classes or (mode == AUTO and not model.card.tells_label):
        return UNKNOWN
    if mode == OWN:
        return file.label if file.label in classes else UNKNOWN
    if mode == WRONG:
        others = [name for name in classes if name != file.label]
        return others[zlib.crc32(file.key.encode()) % len(others)] if others else UNKNOWN
    return mode
