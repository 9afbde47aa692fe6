"""What `pincel study` may be told: how trials are run and judged, and which ones there are."""

from __future__ import annotations

from dataclasses import dataclass

from pincel.errors import PincelError
from pincel.options import Options, option

__all__ = ["QUALITIES", "GridOptions", "SearchOptions", "StudyOptions"]

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
