"""Measure pictures one by one: nothing is kept of them but their figures, and no trained picture slips in."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pincel.data.cache import GREY_CHROMA, cached_view, high_chroma
from pincel.data.duplicates import difference_hash
from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PincelError
from pincel.evaluation.evaluated_models import EvaluatedModel
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.protocols import Protocol, View
from pincel.evaluation.scores import score
from pincel.evaluation.sets import SetFigures, SetMeter
from pincel.evaluation.sources import paint_view
from pincel.evaluation.tables import PictureScores
from pincel.metrics.equal_color import at_strengths, equal_factor, interpolated
from pincel.threads import in_order

__all__ = ["Measurement", "measure", "trained_by"]

_Curves = dict[str, tuple[np.ndarray, np.ndarray]]  # see `at_strengths`

EQUAL_SHARE = 0.8  # of the real photos' colourfulness: where paintings are compared


@dataclass(frozen=True)
class Measurement:
    """The figures of each picture and of the whole set, and the pictures that have none.

    Attributes:
        pictures: in order of their keys.
        skipped: key -> why a picture could not be measured.
        grey_photos: keys of photos without colour that were left out: there is nothing to compare with.
        sets: figures of the whole set; None when they were not asked for.
    """

    pictures: list[PictureScores] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    grey_photos: list[str] = field(default_factory=list)
    sets: SetFigures | None = None


def measure(
    files: Sequence[PictureFile],
    models: Sequence[EvaluatedModel],
    protocol: Protocol,
    options: EvaluateOptions,
    *,
    set_meter: SetMeter | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Measurement:
    """The figures of every picture for the baseline and all models.

    Pictures are read, painted and scored in threads; ``set_meter`` is fed by this thread alone, in order.

    Args:
        files: what to measure.
        models: who paints.
        protocol: how pictures are shown.
        options: what models are told, and whether pictures that a model was trained on and photos without colour
            are measured too.
        set_meter: takes in every measured picture; no figures of sets when None.
        workers: pictures measured at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: a picture was trained on, or none is left to measure.
    """
    result = Measurement()
    curves: list[_Curves] = []
    trained: list[_Trained] = []
    refusing = threading.Event()  # once a picture is refused, the others are only looked through for more

    def work(file: PictureFile) -> _Measured | _Trained | _Grey | str:
        try:
            return _measure_one(file, models, protocol, options, refusing, set_meter is not None)
        except PincelError as error:
            return str(error)

    for file, outcome in in_order(work, files, workers, on_progress):
        match outcome:
            case _Measured():
                result.pictures.append(outcome.scores)
                curves.append(outcome.curves)
                if set_meter and outcome.squares and not trained:
                    set_meter.add(*outcome.squares)
            case _Trained():
                trained.append(outcome)
            case _Grey():
                result.grey_photos.append(file.key)
            case reason:
                result.skipped[file.key] = reason
    if trained:
        raise PincelError(
            f"{len(trained)} of {len(files)} pictures were trained on (model '{trained[0].model}'), the first is "
            f"{trained[0].path}; measure others, or add --allow-trained to see flattering figures"
        )
    if not result.pictures:
        raise PincelError(_why_nothing(result, len(files)))
    pictures = _at_equal_color(result.pictures, curves)
    if set_meter is None:
        return replace(result, pictures=pictures)
    sets = set_meter.result()
    return replace(result, sets=sets, pictures=_with_distances(pictures, sets))


def trained_by(rgb: np.ndarray, models: Sequence[EvaluatedModel]) -> str:
    """The name of the model that was trained on a picture, or ``""``.

    A picture is known by its 64-bit difference hash, taken as it was for training.

    Args:
        rgb: sRGB (H, W, 3), uint8, as decoded.
        models: the models.
    """
    hashes: dict[int, int] = {}
    for evaluated in models:
        if evaluated.hashes:
            side = evaluated.cache_side
            if side not in hashes:
                hashes[side] = difference_hash(cached_view(rgb, side))
            if hashes[side] in evaluated.hashes:
                return evaluated.name
    return ""


@dataclass(frozen=True)
class _Measured:
    """Figures of a picture.

    Attributes:
        curves: what its paintings come to at other strengths of colour, by row name.
        squares: for the figures of its set, uint8 (S, S, 3): real, by row name, and the mask.
    """

    scores: PictureScores
    curves: _Curves
    squares: tuple[np.ndarray, dict[str, np.ndarray], np.ndarray] | None


@dataclass(frozen=True)
class _Trained:
    path: Path
    model: str


class _Grey:
    """A photo without colour."""


def _measure_one(
    file: PictureFile,
    models: Sequence[EvaluatedModel],
    protocol: Protocol,
    options: EvaluateOptions,
    refusing: threading.Event,
    with_squares: bool,
) -> _Measured | _Trained | _Grey | str:
    rgb = read_photo(file)
    trainer = trained_by(rgb, models)
    if trainer and not options.allow_trained:
        refusing.set()
        return _Trained(file.path, trainer)
    if refusing.is_set():
        return "not measured"
    task = models[0].task
    counts_greys = options.grey_photos or task.translates
    if not counts_greys and high_chroma(cached_view(rgb, models[0].cache_side)) < GREY_CHROMA:
        return _Grey()
    view, found = paint_view(rgb, file, protocol, models, options.label)
    painted = {task.baseline: found.baseline, **found.pictures}
    real = score(view.rgb, view, {"patchiness"} & task.metrics.keys())
    scores = PictureScores(
        file.key,
        file.label,
        *view.rgb.shape[:2],
        real_colourfulness=real["colourfulness"],
        scores={name: score(picture, view, task.metrics) for name, picture in painted.items()},
        real_patchiness=real.get("patchiness", math.nan),
        trained_by=trainer,
        labels=found.labels,
    )
    curves = _curves(view, found.pictures) if "ciede2000_ratio_at" in task.metrics else {}
    return _Measured(scores, curves, _squares(view, painted) if with_squares else None)


def _curves(view: View, painted: dict[str, np.ndarray]) -> _Curves:
    from skimage.color import rgb2lab

    real = rgb2lab(view.rgb)
    return {name: at_strengths(rgb, real, view.mask) for name, rgb in painted.items()}


def _at_equal_color(pictures: list[PictureScores], curves: list[_Curves]) -> list[PictureScores]:
    """The pictures with their CIEDE2000 at the strength at which a row's mean colourfulness is `EQUAL_SHARE` of theirs.

    A row that no strength makes so colourful has no such figure.
    """
    real = float(np.mean([picture.real_colourfulness for picture in pictures]))
    factors = {}
    for name in curves[0]:
        mean = np.mean([picture[name][0] for picture in curves], axis=0)
        factors[name] = equal_factor(mean, EQUAL_SHARE * real)
    found = []
    for picture, curve in zip(pictures, curves, strict=True):
        equal = {
            name: float(interpolated(errors, factors[name]))
            for name, (_, errors) in curve.items()
            if not math.isnan(factors[name])
        }
        scores = {
            name: own | ({"ciede2000_at": equal[name]} if name in equal else {}) for name, own in picture.scores.items()
        }
        found.append(replace(picture, scores=scores))
    return found


def _squares(view: View, painted: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    from pincel.metrics.lite import feature_mask, feature_square  # brings torch

    squares = {name: feature_square(view.photo(rgb)) for name, rgb in painted.items()}
    real = view.photo(view.rgb)
    return feature_square(real), squares, feature_mask(real)


def _with_distances(pictures: list[PictureScores], sets: SetFigures | None) -> list[PictureScores]:
    """The pictures with the distances that only the set meter's network could take."""
    if not sets or not sets.distances:
        return pictures
    return [
        replace(
            picture,
            scores={name: own | {"lite0_distance": sets.distances[name][i]} for name, own in picture.scores.items()},
        )
        for i, picture in enumerate(pictures)
    ]


def _why_nothing(result: Measurement, count: int) -> str:
    if result.skipped:
        reason = next(iter(result.skipped.values()))
        greys = f" and {len(result.grey_photos)} are grey" if result.grey_photos else ""
        return f"{len(result.skipped)} of {count} pictures cannot be measured{greys}; the first: {reason}"
    return f"all {count} pictures are grey photos; without real colours there is nothing to compare with"
