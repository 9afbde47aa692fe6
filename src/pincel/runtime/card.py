"""`ModelCard`: what a model file says of itself; it travels inside the .onnx file as metadata."""

from __future__ import annotations

import base64
import math
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pincel.tasks import TASKS
from pincel.text import one_line, printable

__all__ = ["CARD_KEY", "HASHES_KEY", "ModelCard", "pack_hashes", "read_card", "unpack_hashes", "wrong_field"]

CARD_KEY = "pincel.card"
HASHES_KEY = "pincel.training_hashes"

LARGEST_CARD = 2**20  # characters; ours have some thousand
DEEPEST = 12  # lists and tables inside each other
WITH_LINES = ("recipe", "description")  # fields that may have several lines

Count = Annotated[int, Field(ge=0, lt=2**63)]
Side = Annotated[int, Field(ge=1, le=4096)]
Factor = Annotated[float, Field(ge=0, le=1000)]
Chroma = Annotated[float, Field(ge=-128, le=128)]


class ModelCard(BaseModel):
    """The model card (Mitchell et al. 2019), as far as a program can fill it.

    The hashes of the training pictures lie beside it (`HASHES_KEY`), since they would drown it. Whatever file it comes
    from, its texts can be printed as they are, and its numbers are finite.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    name: str = Field(max_length=255)
    task: str
    description: str = ""
    classes: list[str] = Field(default=[], description="label names; empty: the model takes no label")
    tells_label: bool = Field(default=False, description="whether it can guess the label by itself")
    least_logit: float | None = Field(
        default=None, description="what the likeliest class must reach; below it a picture shows none of these"
    )
    size_multiple: int = Field(default=1, ge=1, le=1024)
    working_size: Side = Field(default=256, description="long side in pixels at which the network works best")
    largest_working_size: Side = Field(default=4096, description="more would cost too much memory")
    largest_enlargement: float = Field(
        default=1.5,
        ge=1,
        le=100,
        description="small pictures are enlarged so far: objects as large as it was trained on",
    )
    leaves_bars: bool = Field(
        default=False, description="black bars around a picture are neither shown to it nor painted"
    )
    bins: list[tuple[Chroma, Chroma]] = Field(
        default=[], description="a and b of the colours that its output `bins` has logits of; empty: no such output"
    )
    saturation: Factor = Field(default=1.0, description="factor on painted chroma that fits this model")
    class_saturation: dict[str, Factor] = Field(default={}, description="label -> a further such factor")
    saturation_found: dict[str, Any] = Field(default={}, description="what these factors were chosen by")
    parameters: Count = 0
    macs_128: Count = Field(default=0, description="executed multiply-adds for one 128 x 128 picture")
    macs_working: Count = Field(default=0, description="the same for one square picture of the working size")
    sketch: dict[str, Any] = Field(default={}, description="how the sketches it learnt from were drawn")
    generator: dict[str, Any] = {}
    data: str = Field(default="", description="what it was trained on")
    data_licence: str = ""
    training_pictures: Count = 0
    split_digest: str = ""
    recipe: str = Field(default="", max_length=2**16, description="the whole resolved recipe, YAML")
    training: dict[str, Any] = Field(default={}, description="steps, epochs, time")
    parity: dict[str, float] = Field(default={}, description="largest difference to torch, by picture size")
    quantization: dict[str, Any] = Field(default={}, description="how it was made of a float model, and what that cost")
    quality: dict[str, Any] = Field(default={}, description="measured by `pincel evaluate`, with the command")
    versions: dict[str, str] = {}
    created: str = ""

    @model_validator(mode="before")
    @classmethod
    def _harmless(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        clean = _harmless(fields)
        lines = {name: value for name, value in clean.items() if isinstance(value, str) and name not in WITH_LINES}
        return clean | {name: one_line(value) for name, value in lines.items()}

    @field_validator("task")
    @classmethod
    def _known(cls, task: str) -> str:
        if task not in TASKS:
            raise ValueError(f"this version of Pincel does only {', '.join(TASKS)}")
        return task

    @field_validator("classes")
    @classmethod
    def _one_line_each(cls, classes: list[str]) -> list[str]:
        return [one_line(name) for name in classes]

    def gain(self, label: str | None) -> float:
        """The factor on the chroma of a picture that the network was told to be of class ``label``.

        >>> ModelCard(name="m", task="colorize", saturation=2.0, class_saturation={"cat": 0.5}).gain("cat")
        1.0
        """
        return self.saturation * self.class_saturation.get(label or "", 1.0)

    def likeliest(self, logits: np.ndarray) -> int | None:
        """The class of a picture by the network's (classes,) logits; None: none of these.

        >>> card = ModelCard(name="m", task="colorize", classes=["cat", "dog"], least_logit=9)
        >>> card.likeliest(np.array([1.0, 12.0])), card.likeliest(np.array([8.5, 1.0]))
        (1, None)
        """
        number = int(logits.argmax())
        return None if self.least_logit is not None and logits[number] < self.least_logit else number

    def whole_recipe(self) -> dict[str, Any]:
        """The recipe inside the card; empty when there is none that can be read."""
        from pincel.documents import parse_yaml

        try:
            recipe = parse_yaml(self.recipe)
        except ValueError:
            return {}
        return recipe if isinstance(recipe, dict) else {}

    def learnt_from(self) -> LearntFrom:
        """What its recipe says of the data; nothing where that cannot be read."""
        try:
            return LearntFrom.model_validate(self.whole_recipe().get("data"))
        except ValidationError:
            return LearntFrom()


class LearntFrom(BaseModel):
    """What a recipe says of its data, as far as finished models are asked for it.

    Attributes:
        split: by its shipped name or its path. validation_kept, cache_side: as of the recipe.
    """

    split: str | None = None
    validation_kept: float = Field(default=1.0, ge=0, le=1)
    cache_side: int | None = Field(default=None, ge=16, le=4096)


def read_card(text: str) -> ModelCard:
    """The card that stands in a file, checked and cleaned.

    Raises:
        ValueError: it is none; the message says why.
    """
    if len(text) > LARGEST_CARD:
        raise ValueError(f"its model card is {len(text) / 2**20:.1f} MiB long, {LARGEST_CARD >> 20} is allowed")
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"the model card inside cannot be read: {wrong_field(error)}") from None


def wrong_field(error: ValidationError) -> str:
    """The first thing that is wrong with a card."""
    problem = error.errors(include_url=False, include_input=False)[0]
    place = one_line(".".join(map(str, problem["loc"])))[:80]
    message = problem["msg"].removeprefix("Value error, ")[:200]
    return f"{place}: {message[0].lower()}{message[1:]}" if place else message


def _harmless(value: Any, depth: int = 0) -> Any:
    """Texts without control characters; a number that is not finite is nothing, as in JSON."""
    if depth > DEEPEST:
        raise ValueError("too many lists inside each other")
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {one_line(str(key)): _harmless(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless(one, depth + 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a number has too many digits")
    return value


def pack_hashes(hashes: np.ndarray) -> str:
    """uint64 (n,) -> base64 text of the sorted little-endian values."""
    return base64.b64encode(np.sort(hashes.astype("<u8")).tobytes()).decode()


def unpack_hashes(text: str) -> np.ndarray:
    """The inverse of `pack_hashes`.

    Raises:
        ValueError: it is no such text.
    """
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8")
