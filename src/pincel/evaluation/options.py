"""What `evaluate` and `saturate` may be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pincel.errors import PincelError
from pincel.options import Options, option

__all__ = ["EvaluateOptions", "SaturateOptions"]

OWN_SPLIT = "A shipped split or a CSV file; the model's own by default."
LIMIT = "At most so many photos, evenly spread."


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(Options):
    """Which pictures are measured, how they are shown, and by which figures; see `pincel.evaluation.evaluate`.

    Of a split that is named only the pictures that it knows are measured; with the model's own split also those
    that it does not know.
    """

    split: str | Path | None = option(None, OWN_SPLIT)
    side: Literal["test", "val", "train"] = option("test", "Which side of the split.")
    protocol: Literal["letterbox", "square", "photo"] | None = option(
        None,
        "letterbox: the papers' black square, default of colorizers; square: the middle one, default of other "
        "models; photo: the whole picture as the painting commands do.",
    )
    size: int | None = option(
        None,
        "Long side in pixels; for colorizers 128 (letterbox) or 256 (photo) by default, else the model's own.",
        low=16,
    )
    label: str = option(
        "own", "What models with labels are told: own (the class folder), wrong, unknown, auto, or a class."
    )
    limit: int | None = option(None, LIMIT, low=1)
    allow_trained: bool = option(False, "Measure photos that the model was trained on, and say so.")
    grey_photos: bool = option(False, "Measure photos without colour too: any paint is an error there.")
    near_duplicates: bool = option(True, "Measure photos that nearly repeat a training photo of a random split.")
    set_metrics: bool = option(
        True, "Frechet and MMD of the whole set in the eyes of Lite1 and Lite0; 25 ms a photo and row."
    )
    inception: bool = option(
        True, "Inception Score and FID, where the weights of Inception-v3 are found; 250 ms a photo and row."
    )
    inception_weights: Path | None = option(
        None, "Inception-v3's weights file; torch's own cache is looked into by default."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.inception_weights and not (self.inception and self.set_metrics):
            raise PincelError(
                "--inception-weights goes with neither --no-inception nor --no-set-metrics; leave one out"
            )


@dataclass(frozen=True, kw_only=True)
class SaturateOptions(Options):
    """Which photos are looked at, and what the strength of colour is chosen by; see `pincel.evaluation.saturate`."""

    goal: Literal["psnr", "ciede2000", "colourfulness"] = option(
        "psnr", "What it is chosen by: closeness to the real photo, or how colourful it is."
    )
    share: float = option(1.0, "Of the real colourfulness; for --goal colourfulness.", low=0, high=4)
    split: str | Path | None = option(None, f"{OWN_SPLIT} Its validation side counts.")
    grey_photos: bool = option(False, "Look at photos without colour too.")
    limit: int | None = option(None, LIMIT, low=1)
