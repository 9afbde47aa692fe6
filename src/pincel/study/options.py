"""What studies may be told, and what makes a smaller network out of a larger one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pincel.errors import PincelError
from pincel.options import Options, option
from pincel.training.options import TrainingOptions

__all__ = [
    "QUALITIES",
    "DistilOptions",
    "GridOptions",
    "PruneOptions",
    "SearchOptions",
    "StudyOptions",
    "parse_macs",
]

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}

QUALITIES = ("lite0_distance", "frechet_lite0", "ssim", "l1", "mse")  # keys of `pincel.study.measure.MEASURES`


@dataclass(frozen=True, kw_only=True)
class StudyOptions(Options):
    """How trials are run and judged.

    Attributes:
        paintings: timed for each network.
    """

    minutes: float | None = option(None, "Time budget of each trial.", low=0.01, high=525_600)
    epochs: float | None = option(None, "Passes over the photos of each trial.", low=0.001, high=1e6)
    seed: int = option(0, "Of what is left to chance.", low=0)
    own: bool = option(True, "Train the recipe as it is, too.")
    pictures: int | None = option(None, "Validation pictures measured; all by default.", low=2)
    quality: str = option("lite0_distance", f"What decides: {', '.join(QUALITIES[:-1])} or {QUALITIES[-1]}.")
    accelerator: str = option("auto", "cpu, cuda, mps or auto.")
    threads: int | None = option(None, "Of onnxruntime, for the latency; all by default.", low=1)
    retry: bool = option(False, "Give failed trials another chance.")
    paintings: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minutes and self.epochs:
            raise PincelError("give --minutes or --epochs, not both")
        if self.quality not in QUALITIES:
            raise PincelError(f"unknown figure '{self.quality}'; known: {', '.join(QUALITIES)}")


@dataclass(frozen=True, kw_only=True)
class GridOptions(StudyOptions):
    """A grid: all combinations of the axes' values, or a sample of them."""

    sample: int | None = option(None, "Train so many combinations, chosen by chance.", low=1)


@dataclass(frozen=True, kw_only=True)
class SearchOptions(StudyOptions):
    """A search: Optuna suggests the combinations."""

    trials: int = option(20, "In all, with those of earlier calls.", low=1)
    prune: bool = option(True, "Stop trials that do worse than half of those that cost no more.")


@dataclass(frozen=True, kw_only=True)
class DistilOptions(TrainingOptions):
    """How much a student learns from its teacher, and for how long."""

    output: float | None = option(
        None, "Weight of the distance to the teacher's output; as much as the photo's by default.", low=0
    )
    features: float | None = option(None, "Weight of the distance between inner layers; the teacher is a run.", low=0)


@dataclass(frozen=True, kw_only=True)
class PruneOptions(TrainingOptions):
    """How far to prune and what to go by, by one of ``target_macs`` and ``ratio``; and how long to train on."""

    target_macs: str | None = option(None, "Multiply-adds that a picture may cost, as 500M or 0.5G.")
    ratio: float | None = option(None, "Share of the multiply-adds that stays, as 0.5.")
    importance: Literal["magnitude", "norm"] = option(
        "magnitude", "All weights of a channel, or the factor of its norm."
    )
    distil: bool = option(False, "Learn from the whole network while training on.")
    output: float | None = option(None, "With --distil: weight of its output.", low=0)
    features: float | None = option(None, "With --distil: weight of its inner layers.", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.target_macs is None) == (self.ratio is None):
            raise PincelError("say how small: give --target-macs (as 500M or 0.5G) or --ratio (as 0.5), one of them")
        if self.ratio is not None and not 0 < self.ratio < 1:
            raise PincelError(f"a ratio of {self.ratio} is not between 0 and 1; 0.5 keeps half of the multiply-adds")
        if self.target_macs is not None:
            parse_macs(self.target_macs)
        if not self.distil and (self.output is not None or self.features is not None):
            raise PincelError(
                "--output and --features are weights of what is learnt from the whole network; add --distil"
            )

    def macs(self, whole: int) -> float:
        """The target for a network of ``whole`` multiply-adds."""
        return whole * (self.ratio or 0) if self.target_macs is None else parse_macs(self.target_macs)


def parse_macs(text: str) -> float:
    """Multiply-adds as people write them.

    Raises:
        PincelError: not a number above 0 with K, M, G or nothing behind it.

    >>> parse_macs("500M"), parse_macs("0.5 G"), parse_macs("2e8")
    (500000000.0, 500000000.0, 200000000.0)
    """
    match = re.fullmatch(r"\s*(\d{1,20}\.?\d{0,20}(?:e\d{1,2})?)\s*([KMG]?)\s*", text, flags=re.IGNORECASE)
    if match is None or not float(match[1]):
        raise PincelError(f"'{text}' is no count of multiply-adds; write it as 500M or 0.5G")
    return float(match[1]) * UNITS[match[2].upper()]
