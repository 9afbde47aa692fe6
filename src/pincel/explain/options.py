"""What `explain` may be told, and the methods that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pincel.options import Options, option

__all__ = ["MAP_METHODS", "METHODS", "ExplainOptions"]

MAP_METHODS = ("saliency", "smoothgrad", "integrated", "gradcam", "occlusion")  # each gives a heat map
METHODS = (*MAP_METHODS, "labels", "classes", "receptive", "discriminator")


@dataclass(frozen=True, kw_only=True)
class ExplainOptions(Options):
    """Which methods explain which number of a painting; see `pincel.explain.explain`."""

    methods: Sequence[str] = option(
        (),
        f"{', '.join(METHODS)}, separated by commas; by default all that the model allows, classes with --data only.",
    )
    scalar: str | None = option(
        None,
        "What is explained: chroma (default), a, b or grey of colorizers; red, green, blue or luminance (default) of "
        "others; margin; verdict.",
    )
    label: str | None = option(None, "What the network is told; guessed where it can, otherwise unknown.")
    between: Sequence[str] = option((), "The two labels of the scalar margin, as flower,car.")
    region: str | None = option(None, "x,y,width,height in pixels of the file: the part that is asked about.")
    layers: Sequence[str] = option((), "For Grad-CAM, may be repeated; bottleneck and last encoder stage by default.")
    size: int | None = option(None, "Long side in pixels; the model's working size by default.", low=16, high=1024)
    sample: int | None = option(None, "Explain so many pictures of the split's side too, told their own labels.", low=1)
    verify: bool = option(False, "Check whether each map can be believed; slow.")
    split: str | Path | None = option(None, "A shipped split or a CSV file; the model's own by default.")
    side: Literal["val", "test"] = option("val", "Which side of the split for those.")
    limit: int | None = option(None, "At most so many pictures for classes, evenly spread.", low=1)
