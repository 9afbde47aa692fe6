"""Pictures to calibrate with and to measure on: shown to a model exactly as painting shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pincel.data.cache import CACHE_SIDE, cached_view
from pincel.data.duplicates import difference_hash
from pincel.data.scan import PictureFile, read_photo, scan
from pincel.data.split import Split, read_split
from pincel.errors import PincelError
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.resize import fit_size, resize
from pincel.runtime.model_file import Model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import paint
from pincel.runtime.sketches import style_of_card

__all__ = ["Chosen", "Example", "choose", "paint_example", "read_example", "recorded"]

MEASURED_SHARE = 5  # without a split, each fifth picture is kept for measuring
FEW = 32


class Chosen(NamedTuple):
    """Pictures by what they are for, and what a reader should know about the choice."""

    calibration: list[PictureFile]
    measured: list[PictureFile]
    split: str
    notes: list[str]


@dataclass(frozen=True)
class Example:
    """What a model is given, and what it should paint.

    Attributes:
        shown: the picture to be painted.
        real: uint8 sRGB (H, W, 3), as large as ``shown``.
        label: its class, where the model knows it.
        trained_on: whether the model learnt from it.
    """

    shown: Picture
    real: np.ndarray
    label: str | None
    trained_on: bool = False


def choose(model: Model, folders: Sequence[Path], split: str | Path | None, calibration: int, measured: int) -> Chosen:
    """Calibrate on the split's training side, measure on its validation side; the test side is left alone.

    Args:
        model: its card names the split it was trained with.
        folders: data sets.
        split: a shipped name or a CSV file; the model's own by default. Where it knows none of the pictures, four
            fifths of them are calibrated with and the rest is measured.
        calibration: at most so many pictures, evenly spread.
        measured: at most so many pictures, evenly spread.

    Raises:
        PincelError: no pictures, an unusable split, or all of them on the test side.
    """
    files = scan(folders)
    name, known, notes = _split(model, split)
    sides = known.sides if known else {}
    by_side = {side: [file for file in files if sides.get(file.key) == side] for side in ("train", "val")}
    if not any(file.key in sides for file in files):
        name = "none: each fifth picture was measured"
        kept = set(range(0, len(files), MEASURED_SHARE)) if len(files) > 1 else set()
        by_side["train"] = [file for i, file in enumerate(files) if i not in kept]
        by_side["val"] = [file for i, file in enumerate(files) if i in kept]
    if not by_side["train"] and not by_side["val"]:
        raise PincelError(
            f"none of the {len(files)} pictures is on the training or validation side of the split '{name}'; test "
            "pictures are not calibrated with, give others"
        )
    for side, other, what in (("train", "val", "calibrated with"), ("val", "train", "measured")):
        if not by_side[side]:
            by_side[side] = by_side[other]
            notes.append(f"the same pictures were calibrated with and measured, since there are no others to be {what}")
    chosen = _spread(by_side["train"], calibration)
    if len(chosen) < FEW:
        notes.append(
            f"only {len(chosen)} {'picture was' if len(chosen) == 1 else 'pictures were'} calibrated with; rarer "
            f"values than theirs are cut off, so give {FEW} or more of all kinds if you can"
        )
    return Chosen(chosen, _spread(by_side["val"], measured), name, notes)


def read_example(file: PictureFile, model: Model, long_side: int | None = None) -> Example:
    """Read a picture, or a pair, for the task of a model.

    Args:
        file: the picture.
        model: what it is for.
        long_side: larger pictures are shrunk to this, in pixels.

    Raises:
        PictureError: it cannot be read.
        PincelError: the task needs pairs, and this is none.
    """
    real = read_photo(file)
    side = model.card.learnt_from().cache_side or CACHE_SIDE
    trained_on = difference_hash(cached_view(real, side)) in model.training_hashes
    height, width = real.shape[:2]
    if long_side and max(height, width) > long_side:
        height, width = fit_size(height, width, long_side)
        real = resize(real, height, width)
    label = file.label if file.label in model.card.classes else None
    task = model.task
    if not task.takes_pairs and not task.makes_source:
        return Example(Picture(real), real, label, trained_on)
    if file.source is not None and task.takes_pairs:
        shown = read(file.source)
        pixels = resize(shown.pixels, height, width)
        alpha = None if shown.alpha is None else resize(shown.alpha, height, width)
        return Example(replace(shown, pixels=pixels, alpha=alpha), real, label, trained_on)
    style = style_of_card(model.card)
    if not task.makes_source or (task.draws and style.method == "hed"):
        raise PincelError(
            f"model '{model.card.name}' is calibrated with pairs, and {file.path} has no partner; make a folder of "
            "pairs with 'pincel data pairs' first"
        )
    return Example(Picture(task.make_source(real, style, model.card.working_size)), real, label, trained_on)


def paint_example(example: Example, model: Model) -> np.ndarray:
    """What the commands `colorize`, `draw` and `translate` make of it: uint8 sRGB (H, W, 3)."""
    pixels = paint(example.shown, model, PaintOptions(example.label), workers=1).pixels
    return pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)


def recorded(model: Model) -> tuple[Model, list[dict[str, np.ndarray]]]:
    """The same model, and a list that grows by what its network is fed whenever it paints."""
    feeds: list[dict[str, np.ndarray]] = []
    return replace(model, session=_Recorder(model.session, feeds)), feeds  # type: ignore[arg-type]


class _Recorder:
    """An onnxruntime session that notes its inputs."""

    def __init__(self, session: Any, feeds: list[dict[str, np.ndarray]]) -> None:
        self._session, self._feeds = session, feeds

    def run(self, names: Any, feed: dict[str, np.ndarray]) -> Any:
        """Note and run."""
        self._feeds.append(feed)
        return self._session.run(names, feed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _split(model: Model, split: str | Path | None) -> tuple[str, Split | None, list[str]]:
    if split is not None:
        return str(split), read_split(split), []
    name = model.card.learnt_from().split
    if not name:
        own = "its run made its own split; add --split RUN/split.csv, or test pictures of it may be calibrated with"
        return "none: the model names no split", None, [own] if model.card.split_digest else []
    try:
        return str(name), read_split(name), []
    except PincelError:
        note = f"the model's split '{name}' is not on this machine; pictures of its test side may be calibrated with"
        return "none", None, [note]


def _spread(files: Sequence[PictureFile], count: int) -> list[PictureFile]:
    return [files[int(i)] for i in np.linspace(0, len(files) - 1, min(count, len(files)))]
