"""What the parts of a recipe say: their keys, defaults and limits; without torch, so that mistakes are told at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, field_validator, model_validator

from pincel.data.cache import CACHE_SIDE
from pincel.data.views import AugmentRecipe, Fit, Views
from pincel.documents import leaves
from pincel.errors import did_you_mean, join
from pincel.models.names import DISCRIMINATORS, GENERATORS
from pincel.training.losses.table import LOSSES

__all__ = [
    "DEFAULT_LOSSES",
    "OF_DISCRIMINATORS",
    "AdversarialKind",
    "DataRecipe",
    "DiscriminatorRecipe",
    "DistillationRecipe",
    "GeneratorRecipe",
    "LossPart",
    "LossRecipe",
    "OptimizerRecipe",
    "Part",
    "Phase",
    "Side",
    "ValidationRecipe",
    "one_of",
]

OF_DISCRIMINATORS = ("width", "depth", "norm")  # options that have keys of their own
LARGEST_OPTION = 8192  # channels, mostly

Side = Annotated[int, Field(ge=16, le=4096)]  # px; more would fill any memory
Batch = Annotated[int, Field(ge=1, le=4096)]
Count = Annotated[int, Field(ge=0, le=10**6)]
Epochs = Annotated[float, Field(ge=1e-4, le=1e6)]
Weight = Annotated[float, Field(ge=0, le=1e6)]  # of a loss: float32 has seven digits
Rate = Annotated[float, Field(ge=0, le=10)]
Beta = Annotated[float, Field(ge=0, lt=1)]
AdversarialKind = Literal["bce", "lsgan", "hinge"]  # what the verdicts of a discriminator are made into


def _buildable(options: dict[str, Any]) -> dict[str, Any]:
    for key, value in leaves(options):
        if isinstance(value, int | float) and abs(value) > LARGEST_OPTION:
            raise ValueError(f"{key} is above {LARGEST_OPTION}, which no network has room for")
    return options


Options = Annotated[dict[str, Any], AfterValidator(_buildable)]  # of a network's constructor


def one_of(name: str, table: Iterable[str]) -> str:
    """The name, when it is one of the known.

    Raises:
        ValueError: it is not; the message lists them.
    """
    if name not in table:
        raise ValueError(f"known: {join(table)}{did_you_mean(name, table)}")
    return name


class Part(BaseModel):
    """A mapping of a recipe: no other keys, no number that is infinite or none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class DataRecipe(Part):
    """Which pictures, how large, in what order."""

    size: Side = Field(default=128, description="side of the training squares in pixels")
    batch: Batch = Field(default=32, description="pictures in a batch on each device")
    split: str | None = Field(default=None, description="a shipped split or a CSV file; made from the seed when absent")
    validation_kept: float = Field(
        default=1.0, ge=0, le=1, description="share of the validation side that is not learnt from, in a last training"
    )
    cache_side: Side = Field(default=CACHE_SIDE, description="short side in pixels of decoded pictures")
    exclude_grey: bool | None = Field(
        default=None, description="leave grey photos out of a split made here; null: for colorize only"
    )
    min_colourfulness: float | None = Field(
        default=None, ge=0, le=200, description="paler photos are not learnt from: 12 leaves out what is nearly grey"
    )
    weights: dict[str, Annotated[float, Field(gt=0, le=100)]] = Field(
        default_factory=dict,
        description="how often a pass draws each picture of a folder, as {flowers: 0.25}; else once",
    )
    fit: Fit = Field(
        default="letterbox", description="how a whole picture becomes a square: letterbox, or square for its middle"
    )
    grey_share: float = Field(default=0.3, ge=0, le=1, description="share whose source is Rec. 601 grey instead of L*")
    label_dropout: float = Field(
        default=0.0, ge=0, le=1, description="share of the examples shown without their label, so that none is needed"
    )
    mask_padding: bool = Field(default=True, description="leave black padding out of losses and verdicts")
    views: Views = Field(
        default="auto",
        description="where training views are made: loader (worker processes), device (that learns, in batches); auto: "
        "on a GPU whose memory has room for the decoded pictures",
    )
    workers: int = Field(default=1, ge=0, le=256, description="processes that prepare pairs")
    augment: AugmentRecipe = AugmentRecipe()


class GeneratorRecipe(Part):
    """Which network paints."""

    name: str = "lite_unet"
    conditional: bool = Field(default=False, description="tell it the class of each picture")
    encoder_weights: str | None = Field(
        default=None, description="imagenet, none, or a .safetensors file of the encoder; null: the generator's own"
    )
    weights: str | None = Field(
        default=None, description="start: a run's .safetensors, .onnx, hf:owner/name, or a name"
    )
    options: Options = Field(default_factory=dict, description="arguments of the generator's constructor")
    ema: float = Field(default=0.998, ge=0, lt=1, description="decay of the averaged weights; lower at first; 0: none")

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return one_of(name, GENERATORS)


class DiscriminatorRecipe(Part):
    """Which network judges; used in phases with ``adversarial`` above 0."""

    name: str = "patchgan"
    conditional: bool = Field(default=False, description="tell it the class of each picture")
    width: int | None = Field(default=None, ge=4, le=1024, description="an option; null: the discriminator's own")
    depth: int | None = Field(default=None, ge=1, le=6, description="an option; null: the discriminator's own")
    norm: str | None = Field(default=None, description="an option; null: the discriminator's own")
    options: Options = Field(default_factory=dict, description="further arguments of the discriminator's constructor")
    lr: Rate = Field(default=2e-4, gt=0)
    betas: tuple[Beta, Beta] = (0.5, 0.999)
    clip_norm: Weight | None = Field(default=None, gt=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    adversarial_kind: AdversarialKind = "hinge"

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return one_of(name, DISCRIMINATORS)

    @field_validator("options")
    @classmethod
    def _said_once(cls, options: dict[str, Any]) -> dict[str, Any]:
        twice = next((key for key in OF_DISCRIMINATORS if key in options), None)
        if twice is not None:
            raise ValueError(f"{twice} has a key of its own; use discriminator.{twice}")
        return options

    @property
    def arguments(self) -> dict[str, Any]:
        """Of the constructor: the options, those with keys of their own among them."""
        own = {key: getattr(self, key) for key in OF_DISCRIMINATORS}
        return {key: value for key, value in own.items() if value is not None} | self.options


class LossPart(Part):
    """A loss that has more to say than its weight; a plain number is the weight alone."""

    weight: Weight = 0.0

    @model_validator(mode="before")
    @classmethod
    def _weight_alone(cls, content: Any) -> Any:
        if isinstance(content, int | float):
            return {"weight": content}
        if not isinstance(content, dict | LossPart):
            raise ValueError(f"give a weight, or a mapping of {join(cls.model_fields)}")
        return content


def _loss_fields() -> dict[str, Any]:
    """The keys of the losses: each a weight, or a mapping where the loss has settings."""
    fields: dict[str, Any] = {}
    for name, row in LOSSES.items():
        if row.settings:
            part = create_model(f"{name.capitalize()}Loss", __base__=LossPart, **row.settings)
            fields[name] = (part, Field(default=part(), description=row.meaning))
        else:
            fields[name] = (Weight, Field(default=0.0, description=row.meaning))
    return fields


class LossRecipe(create_model("Losses", __base__=Part, **_loss_fields())):
    """What is minimised: the rows of `pincel.training.losses.table`. Weights of 0 switch a loss off."""

    chroma_rebalance: float = Field(
        default=0.0, ge=0, le=1, description="0: every colour weighs the same; 1: Zhang 2016"
    )

    def weight(self, name: str) -> float:
        """Of a loss, or the strength of ``chroma_rebalance``."""
        said = getattr(self, name)
        return said.weight if isinstance(said, LossPart) else said

    def settings(self, name: str) -> dict[str, Any]:
        """What a loss is told beside its weight."""
        said = getattr(self, name)
        return said.model_dump(exclude={"weight"}) if isinstance(said, LossPart) else {}

    def side_outputs(self) -> list[str]:
        """What the generator must say beside its painting."""
        return [of for name, row in LOSSES.items() if (of := row.planes.side_output) and self.weight(name)]

    def teaching(self) -> dict[str, float]:
        """Weights of the losses that can teach alone, by their names in the logs."""
        return {row.part or name: self.weight(name) for name, row in LOSSES.items() if row.teaches}

    def spared(self) -> dict[str, list[str]]:
        """Of each loss that leaves classes out: which."""
        return {name: classes for name in LOSSES if (classes := self.settings(name).get("except"))}


DEFAULT_LOSSES = LossRecipe.model_validate({"smooth_l1": 1.0})  # of a recipe that names none


class DistillationRecipe(Part):
    """A finished network that this one learns from too, in every phase (`pincel.training.distillation`)."""

    teacher: str = Field(description="folder of a run, .onnx file, hf:owner/name, or an embedded model's name")
    target: Literal["photo", "teacher"] = Field(
        default="photo", description="what the student's own losses compare with; teacher: grey photos teach as well"
    )
    output: Weight = Field(default=1.0, description="weight of the L1 distance to what the teacher paints")
    features: Weight = Field(default=0.0, description="weight of the distance of inner layers; needs a run")
    layers: dict[str, str] = Field(
        default_factory=dict, description="student's layer: teacher's layer; paired by their sizes when empty"
    )

    @model_validator(mode="after")
    def _something_to_learn(self) -> DistillationRecipe:
        if not self.output and not self.features and self.target == "photo":
            raise ValueError("output and features are both 0 and the target is the photo; give one a weight")
        return self


class OptimizerRecipe(Part):
    """AdamW (Adam when ``weight_decay`` is 0) with warm-up and decay inside each phase.

    ``cosine`` decays to ``final_lr`` at the phase's end. ``plateau`` halves all rates, the discriminator's too,
    whenever ``plateau_patience`` validations in a row have brought no improvement.
    """

    lr: Rate = Field(default=1.5e-3, gt=0)
    encoder_lr: Rate = Field(default=3e-4, description="learning rate of the pretrained encoder; 0 freezes it")
    final_lr: float = Field(
        default=0.0, ge=0, le=1, description="share of the learning rate that is left at the phase's end"
    )
    warmup: float = Field(
        default=0.03, ge=0, lt=1, description="share of the phase in which the rate rises, 20 steps or more; 0: none"
    )
    schedule: Literal["cosine", "plateau"] = "cosine"
    plateau_patience: Count = Field(default=5, ge=1, description="validations without improvement before a halving")
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    weight_decay: float = Field(default=0.01, ge=0, le=100)
    clip_norm: Weight | None = Field(default=1.0, gt=0)
    freeze_norms: bool = Field(default=False, description="BatchNorm's stored statistics, not a batch's: a closer fit")


class Phase(Part):
    """A stretch of training; what its YAML leaves out is filled in from the recipe (`pincel.training.phases`)."""

    epochs: Epochs = Field(description="passes over the training pictures; --minutes keeps their proportions")
    adversarial: Weight = Field(
        default=0.0, description="weight of the adversarial loss; 0: the generator learns alone"
    )
    critic_first: float = Field(
        default=0.0, ge=0, lt=1, description="share of the phase in which only the critic learns"
    )
    size: Side
    batch: Batch
    losses: LossRecipe
    optimizer: OptimizerRecipe


class ValidationRecipe(Part):
    """How progress is measured between epochs."""

    pictures: Count = Field(default=256, ge=1, description="of the validation side, spread evenly over it")
    every: Epochs = Field(default=1.0, description="epochs between two validations")
    monitor: Literal["ciede2000", "loss", "loss_g"] = Field(
        default="ciede2000", description="what decides on best and plateau; loss_g: all of the generator's losses"
    )
    patience: Count | None = Field(default=None, ge=1, description="stop after so many validations without improvement")
    keep: Literal["last", "best"] = Field(default="last", description="which weights `export` takes")
    samples: int = Field(default=8, ge=0, le=256, description="pictures in the sample sheet")
    outputs: bool = Field(
        default=False, description="keep what is painted after every epoch, so that runs can be compared"
    )
