"""One YAML file = one experiment, validated when it is read: every wrong key or value is named in the error."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pincel.data.augment import AugmentRecipe
from pincel.data.cache import CACHE_SIDE
from pincel.data.pairs import Fit
from pincel.documents import MOST_DEPTH, leaves, parse_yaml, read_yaml
from pincel.errors import RecipeError, join
from pincel.imaging.edges import SketchStyle
from pincel.models.discriminators import DISCRIMINATORS
from pincel.models.discriminators.patchgan import NORMS
from pincel.models.generators import GENERATORS, check_training_size
from pincel.tasks import TASKS
from pincel.text import shorten

__all__ = ["DistillationRecipe", "Phase", "Recipe", "list_recipes", "load_recipe"]

AGAINST_THE_TARGET = ("l1", "smooth_l1", "cie94", "delta_e", "psnr", "perceptual")  # losses that alone teach something
OF_COLOUR = ("cie94", "delta_e", "colourfulness", "chroma_rebalance")  # losses on ab, for the task colorize
LARGEST_OPTION = 8192  # channels, mostly
SMALLEST_PATCHED = 4  # pixels that must be left after the discriminator's strided layers


def _one_of(name: str, table: Iterable[str]) -> str:
    if name not in table:
        raise ValueError(f"known: {join(table)}")
    return name


Side = Annotated[int, Field(ge=16, le=4096)]  # px; more would fill any memory
Batch = Annotated[int, Field(ge=1, le=4096)]
Count = Annotated[int, Field(ge=0, le=10**6)]
Epochs = Annotated[float, Field(ge=1e-4, le=1e6)]
Weight = Annotated[float, Field(ge=0, le=1e6)]  # of a loss: float32 has seven digits
Rate = Annotated[float, Field(ge=0, le=10)]
Beta = Annotated[float, Field(ge=0, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class DataRecipe(_Part):
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
    fit: Fit = Field(
        default="letterbox", description="how a whole picture becomes a square: letterbox, or square for its middle"
    )
    grey_share: float = Field(default=0.3, ge=0, le=1, description="share whose source is Rec. 601 grey instead of L*")
    label_dropout: float = Field(
        default=0.0, ge=0, le=1, description="share of the examples shown without their label, so that none is needed"
    )
    mask_padding: bool = Field(default=True, description="leave black padding out of losses and verdicts")
    workers: int = Field(default=1, ge=0, le=256, description="processes that prepare pairs")
    augment: AugmentRecipe = AugmentRecipe()


class GeneratorRecipe(_Part):
    """Which network paints."""

    name: str = "lite_unet"
    conditional: bool = Field(default=False, description="tell it the class of each picture")
    encoder_weights: str = Field(
        default="imagenet", description="imagenet, none, or a .safetensors file of the encoder"
    )
    weights: str | None = Field(default=None, description="start: .safetensors of a run, .onnx, or an embedded model")
    options: dict[str, Any] = Field(default_factory=dict, description="arguments of the generator's constructor")
    ema: float = Field(default=0.998, ge=0, lt=1, description="decay of the averaged weights; lower at first; 0: none")

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return _one_of(name, GENERATORS)

    @field_validator("options")
    @classmethod
    def _buildable(cls, options: dict[str, Any]) -> dict[str, Any]:
        for key, value in leaves(options):
            if isinstance(value, int | float) and abs(value) > LARGEST_OPTION:
                raise ValueError(f"{key} is above {LARGEST_OPTION}, which no network has room for")
        return options


class DiscriminatorRecipe(_Part):
    """Which network judges; used in phases with ``adversarial`` above 0."""

    name: str = "patchgan"
    conditional: bool = Field(default=False, description="tell it the class of each picture")
    width: int = Field(default=64, ge=4, le=1024)
    depth: int = Field(default=3, ge=1, le=6)
    norm: str = "batch"
    lr: Rate = Field(default=2e-4, gt=0)
    betas: tuple[Beta, Beta] = (0.5, 0.999)
    clip_norm: Weight | None = Field(default=None, gt=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return _one_of(name, DISCRIMINATORS)

    @field_validator("norm")
    @classmethod
    def _known_norm(cls, norm: str) -> str:
        return _one_of(norm, NORMS)


class LossRecipe(_Part):
    """What is minimised. Weights of 0 switch a loss off."""

    l1: Weight = 0.0
    smooth_l1: Weight = 0.0
    cie94: Weight = Field(default=0.0, description="colour difference as the eye weighs it; only for colorize")
    delta_e: Weight = Field(default=0.0, description="CIEDE2000, the measure of evaluation; only for colorize")
    colourfulness: Weight = Field(default=0.0, description="for too little colour in a batch; only for colorize")
    colourfulness_share: float = Field(default=0.9, gt=0, le=2, description="of the real pictures', that is asked for")
    colourfulness_except: list[str] = Field(
        default=[], description="classes of which colourfulness does not ask: those to be painted as closely as can be"
    )
    psnr: Weight = Field(default=0.0, description="what the mean PSNR lacks, in bel; asks a share of every error")
    perceptual: Weight = Field(default=0.0, description="weight of lite0_distance in sRGB")
    chroma_rebalance: float = Field(
        default=0.0, ge=0, le=1, description="0: every colour weighs the same; 1: Zhang 2016"
    )
    bins: Weight = Field(default=0.0, description="cross-entropy of query_unet's bins of ab; only for colorize")
    classification: Weight = Field(
        default=0.0, description="cross-entropy of the generator's own guess of the class, for --label auto"
    )
    adversarial_kind: Literal["bce", "lsgan", "hinge"] = "hinge"


class DistillationRecipe(_Part):
    """A finished network that this one learns from too, in every phase (`pincel.training.distillation`)."""

    teacher: str = Field(description="folder of a run, an .onnx file, or an embedded model's name")
    output: Weight = Field(default=1.0, description="weight of the L1 distance to what the teacher paints")
    features: Weight = Field(default=0.0, description="weight of the distance of inner layers; needs a run")
    layers: dict[str, str] = Field(
        default_factory=dict, description="student's layer: teacher's layer; paired by their sizes when empty"
    )

    @model_validator(mode="after")
    def _something_to_learn(self) -> DistillationRecipe:
        if not self.output and not self.features:
            raise ValueError("output and features are both 0; give one a weight")
        return self


class OptimizerRecipe(_Part):
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


class Phase(_Part):
    """A stretch of training. What is not given is as in the recipe's own parts."""

    epochs: Epochs = Field(description="passes over the training pictures; --minutes keeps their proportions")
    adversarial: Weight = Field(
        default=0.0, description="weight of the adversarial loss; 0: the generator learns alone"
    )
    critic_first: float = Field(
        default=0.0, ge=0, lt=1, description="share of the phase in which only the critic learns"
    )
    size: Side | None = None
    batch: Batch | None = None
    losses: LossRecipe | None = None
    optimizer: OptimizerRecipe | None = None


class ValidationRecipe(_Part):
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


class Recipe(_Part):
    """One experiment."""

    task: str = "colorize"
    seed: int = Field(default=0, ge=0, lt=2**32)
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    working_size: Side | None = Field(
        default=None, description="long side at which the finished model sees pictures; data.size when absent"
    )
    data: DataRecipe = DataRecipe()
    sketch: SketchStyle = Field(default=SketchStyle(), description="how sketches are drawn; for the task sketch")
    generator: GeneratorRecipe = GeneratorRecipe()
    discriminator: DiscriminatorRecipe = DiscriminatorRecipe()
    losses: LossRecipe = LossRecipe(smooth_l1=1.0)
    distillation: DistillationRecipe | None = None
    optimizer: OptimizerRecipe = OptimizerRecipe()
    phases: list[Phase] = Field(default_factory=lambda: [Phase(epochs=10)], min_length=1, max_length=100)
    validation: ValidationRecipe = ValidationRecipe()

    @field_validator("task")
    @classmethod
    def _known(cls, task: str) -> str:
        return _one_of(task, TASKS)

    @model_validator(mode="after")
    def _something_to_learn(self) -> Recipe:
        for number, phase in enumerate(self.phases):
            losses = phase.losses or self.losses
            taught = phase.adversarial or self.distillation
            if not taught and not any(getattr(losses, name) for name in AGAINST_THE_TARGET):
                known = ", ".join(AGAINST_THE_TARGET)
                raise ValueError(f"phase {number} has no loss; give {known} or adversarial a weight")
            if phase.critic_first and not phase.adversarial:
                raise ValueError(f"phase {number} has critic_first, but no critic; give adversarial a weight")
            if self.task != "colorize" and any(getattr(losses, name) for name in OF_COLOUR):
                wrong = next(name for name in OF_COLOUR if getattr(losses, name))
                raise ValueError(
                    f"phase {number} has {wrong}, which is only for the task colorize; use l1 or perceptual"
                )
            if losses.colourfulness_except and self.data.label_dropout:
                raise ValueError(
                    f"phase {number} has colourfulness_except, which needs every label; set data.label_dropout to 0"
                )
            if losses.classification and not self.generator.conditional:
                raise ValueError(f"phase {number} has classification, but generator.conditional is false")
        return self

    @model_validator(mode="after")
    def _pictures_are_large_enough(self) -> Recipe:
        depth = self.discriminator.depth
        for number, phase in enumerate(self.phases):
            size, batch = phase.size or self.data.size, phase.batch or self.data.batch
            try:
                check_training_size(self.generator.name, size, batch, self.generator.options)
            except ValueError as error:
                raise ValueError(f"phase {number}: {error}") from None
            if phase.adversarial and size < SMALLEST_PATCHED << depth:
                fitting = (size // SMALLEST_PATCHED).bit_length() - 1
                raise ValueError(
                    f"phase {number}: discriminator.depth {depth} leaves no patch of {size} px pictures to judge; "
                    f"use {fitting} at most"
                )
        return self

    @property
    def tells_label(self) -> bool:
        """Whether the generator learns to tell the class by itself in any phase."""
        return any((phase.losses or self.losses).classification for phase in self.phases)

    def to_yaml(self) -> str:
        """The whole recipe, defaults included."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def list_recipes() -> list[str]:
    """Names of the shipped recipes."""
    folder = resources.files("pincel") / "recipes"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_recipe(name: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """A recipe by its shipped name or by path, with ``key.of.part=value`` overrides (values are YAML).

    Raises:
        RecipeError: it does not exist, is not YAML, or has an unknown key or a wrong value.
    """
    shipped = resources.files("pincel") / "recipes" / f"{name}.yaml"
    source = shipped if shipped.is_file() else Path(name)
    try:
        content = read_yaml(source)
    except OSError:
        raise RecipeError(f"recipe '{name}' does not exist; shipped recipes: {join(list_recipes())}") from None
    except ValueError as error:
        raise RecipeError(f"recipe {name} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise RecipeError(f"recipe {name} must be a list of 'key: value' lines")
    for override in overrides:
        _apply(content, override)
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(_explain(error)) from None


def _apply(content: dict[str, Any], override: str) -> None:
    """Set ``a.b.0.c=value`` inside nested dictionaries and lists."""
    path, equals, text = override.partition("=")
    if not equals or not path or path.count(".") > MOST_DEPTH:
        raise RecipeError(f"'{override}' is not of the form key=value")
    try:
        value = parse_yaml(text)
    except ValueError as error:
        raise RecipeError(f"the value of '{shorten(override, 60)}' is not valid YAML: {error}") from None
    *parents, last = path.split(".")
    place: Any = content
    try:
        for name in parents:
            if isinstance(place, list):
                place = place[int(name)]
            else:
                place[name] = {} if place.get(name) is None else place[name]
                place = place[name]
        place[int(last) if isinstance(place, list) else last] = value
    except (IndexError, ValueError, TypeError, AttributeError):
        raise RecipeError(f"recipe key '{path}' does not exist") from None


def _explain(error: ValidationError) -> str:
    """The first problem as one sentence: key, value, what is allowed."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(map(str, problem["loc"])) or "recipe"
    if problem["type"] == "extra_forbidden":
        part: Any = Recipe
        for name in problem["loc"][:-1]:
            part = _part_behind(part, name)
        return f"recipe key '{key}' is unknown; known here: {join(part.model_fields)}"
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return f"recipe: {message}"
    return (
        f"recipe key '{key}': {shorten(repr(problem['input']), 60)} is not allowed: {message[0].lower() + message[1:]}"
    )


def _part_behind(part: Any, name: str | int) -> Any:
    """The recipe class that describes field ``name`` of ``part``."""
    if isinstance(name, int) or part is list:
        return part
    annotation = part.model_fields[name].annotation
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
