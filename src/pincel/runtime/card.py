"""`ModelCard`: what a model file says of itself; it travels inside the .onnx file as metadata."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CARD_KEY", "HASHES_KEY", "ModelCard", "pack_hashes", "unpack_hashes"]

CARD_KEY = "pincel.card"
HASHES_KEY = "pincel.training_hashes"


class ModelCard(BaseModel):
    """The model card (Mitchell et al. 2019), as far as a program can fill it.

    The hashes of the training pictures lie beside it (`HASHES_KEY`), since they would drown it.
    """

    model_config = ConfigDict(extra="ignore")

    name: str
    task: str
    description: str = ""
    classes: list[str] = Field(default=[], description="label names; empty: the model takes no label")
    tells_label: bool = Field(default=False, description="whether it can guess the label by itself")
    size_multiple: int = 1
    working_size: int = Field(default=256, description="long side in pixels at which the network works best")
    largest_working_size: int = Field(default=4096, description="more would cost too much memory")
    largest_enlargement: float = Field(
        default=1.5, description="small pictures are enlarged so far: objects as large as it was trained on"
    )
    leaves_bars: bool = Field(
        default=False, description="black bars around a picture are neither shown to it nor painted"
    )
    bins: list[tuple[float, float]] = Field(
        default=[], description="a and b of the colours that its output `bins` has logits of; empty: no such output"
    )
    saturation: float = Field(default=1.0, description="factor on painted chroma that fits this model")
    class_saturation: dict[str, float] = Field(default={}, description="label -> a further such factor")
    saturation_found: dict[str, Any] = Field(default={}, description="what these factors were chosen by")
    parameters: int = 0
    macs_128: int = Field(default=0, description="executed multiply-adds for one 128 x 128 picture")
    macs_working: int = Field(default=0, description="the same for one square picture of the working size")
    sketch: dict[str, Any] = Field(default={}, description="how the sketches it learnt from were drawn")
    generator: dict[str, Any] = {}
    data: str = Field(default="", description="what it was trained on")
    data_licence: str = ""
    training_pictures: int = 0
    split_digest: str = ""
    recipe: str = Field(default="", description="the whole resolved recipe, YAML")
    training: dict[str, Any] = Field(default={}, description="steps, epochs, time")
    parity: dict[str, float] = Field(default={}, description="largest difference to torch, by picture size")
    quantization: dict[str, Any] = Field(default={}, description="how it was made of a float model, and what that cost")
    quality: dict[str, Any] = Field(default={}, description="measured by `pincel evaluate`, with the command")
    versions: dict[str, str] = {}
    created: str = ""

    def gain(self, label: str | None) -> float:
        """The factor on the chroma of a picture that the network was told to be of class ``label``.

        >>> ModelCard(name="m", task="colorize", saturation=2.0, class_saturation={"cat": 0.5}).gain("cat")
        1.0
        """
        return self.saturation * self.class_saturation.get(label or "", 1.0)

    def recipe_part(self, name: str) -> dict[str, Any]:
        """A part of the recipe inside the card, as ``data``; empty when there is none that can be read."""
        from pincel.documents import parse_yaml

        try:
            recipe = parse_yaml(self.recipe)
        except ValueError:
            return {}
        part = recipe.get(name) if isinstance(recipe, dict) else None
        return part if isinstance(part, dict) else {}


def pack_hashes(hashes: np.ndarray) -> str:
    """uint64 (n,) -> base64 text of the sorted little-endian values."""
    return base64.b64encode(np.sort(hashes.astype("<u8")).tobytes()).decode()


def unpack_hashes(text: str) -> np.ndarray:
    """The inverse of `pack_hashes`."""
    return np.frombuffer(base64.b64decode(text), "<u8")
