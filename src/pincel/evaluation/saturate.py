"""`saturate`: how strong a colorizer should colour, class by class, found on photos that it never saw.

A network is surer of the colours of photos that it learnt from than of new ones. One factor on chroma a class, chosen
on held-out photos, mends that as temperature scaling mends a classifier's probabilities (Guo et al. 2017, section 4.2).
What PSNR asks for is paler than what looks best; colourfulness asks for the opposite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pincel.data.cache import GREY_CHROMA, cached_view, high_chroma
from pincel.data.scan import PictureFile, read_photo, scan
from pincel.errors import PincelError, join
from pincel.evaluation.evaluated_models import EvaluatedModel, evaluated_model, split_of
from pincel.evaluation.measure import trained_by
from pincel.evaluation.options import SaturateOptions
from pincel.evaluation.protocols import Protocol, make_protocol
from pincel.evaluation.scores import METRICS
from pincel.evaluation.selection import select
from pincel.export.model_out import check_out, load_file, set_card, write_graph
from pincel.imaging.picture import Picture
from pincel.metrics.color import colourfulness
from pincel.metrics.table import Metric, score_pair
from pincel.runtime.card import ModelCard
from pincel.runtime.graph import read_graph
from pincel.runtime.model_file import Model, require_task
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import UNKNOWN, draft
from pincel.tasks import tasks_of
from pincel.threads import in_order

__all__ = ["GOALS", "Saturated", "Strength", "saturate"]

GAINS = np.round(np.arange(0, 2.025, 0.05), 2)  # of chroma, as the network paints it; all of them are tried

FEW = 10  # photos of a class

GOALS: dict[str, Metric] = {
    "psnr": METRICS["psnr"],
    "ciede2000": METRICS["ciede2000"],
    "colourfulness": METRICS["colourfulness_ratio"],  # brought near a wished share, not to its best
}


@dataclass(frozen=True)
class Strength:
    """The factor that was found for a class.

    Attributes:
        label: the class; "" for a model without labels.
        pictures: it was found on so many.
        gain: on chroma as the network paints it. gain_before: what the card said.
        value: mean figure of the goal with ``gain``. value_before: with ``gain_before``.
    """

    label: str
    pictures: int
    gain: float
    gain_before: float
    value: float
    value_before: float


@dataclass(frozen=True)
class Saturated:
    """What came of it.

    Attributes:
        path: the new model file.
        card: its card.
        strengths: by class; empty when they were taken from another model.
        skipped: pictures that could not be measured -> why.
        notes: what the user should know.
    """

    path: Path
    card: ModelCard
    strengths: list[Strength] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def saturate(
    model: str | Path | Model,
    out: Path,
    folders: Sequence[Path] = (),
    options: SaturateOptions | None = None,
    *,
    like: str | Path | Model | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Saturated:
    """Write a colorizer again with factors on its chroma in the card; its network stays as it is.

    Photos are letterboxed to 128 px and painted as `pincel.evaluation.evaluate` does, each told its own class.

    Args:
        model: name, model file, or loaded model.
        out: the .onnx file to write.
        folders: data sets with photos that the model never saw.
        options: which of them are looked at, and what the factors are chosen by.
        like: take the factors of this model's card and look at no photos: for a network that learnt from the
            validation side too, from its twin that did not.
        workers: photos measured at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: an unusable model, output file or split, photos that the model was trained on, or none left.
    """
    options = options or SaturateOptions()
    before = require_task(load_file(model), *tasks_of("colorize"))
    check_out(out, before)
    if like is not None:
        found = _Found(_copied(before.card, require_task(load_file(like), *tasks_of("colorize")).card))
    else:
        evaluated = evaluated_model(before)
        found = _look(evaluated, _held_out(evaluated, folders, options), options, workers, on_progress)
    # Figures of the model as it was are not this file's.
    facts = {"name": out.stem, "quality": {}, "created": datetime.now(UTC).strftime("%Y-%m-%d")}
    card = before.card.model_copy(update=found.fields | facts)
    graph = read_graph(before.path)
    set_card(graph, card, before)
    write_graph(graph, out)
    return Saturated(out, card, found.strengths, found.skipped, found.notes)


@dataclass(frozen=True)
class _Found:
    """New fields of the card, and the rest of `Saturated`."""

    fields: dict[str, object]
    strengths: list[Strength] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def _copied(card: ModelCard, other: ModelCard) -> dict[str, object]:
    if card.classes != other.classes:
        raise PincelError(
            f"model '{other.name}' has other classes ({join(other.classes) or 'none'}) than '{card.name}' "
            f"({join(card.classes) or 'none'}); --like needs the same"
        )
    return {
        "saturation": other.saturation,
        "class_saturation": other.class_saturation,
        "saturation_found": {**other.saturation_found, "like": other.name},
    }


def _look(
    evaluated: EvaluatedModel,
    held_out: _HeldOut,
    options: SaturateOptions,
    workers: int | None,
    on_progress: Callable[[int, int], None] | None,
) -> _Found:
    card, skipped, notes = evaluated.model.card, {}, [*held_out.notes]
    curves = _curves(held_out.files, evaluated, options, skipped, workers, on_progress)
    strengths = [_strength(label, card, rows, options) for label, rows in curves]
    if few := [one.label or "all" for one in strengths if one.pictures < FEW]:
        notes.append(f"fewer than {FEW} photos were looked at of: {', '.join(few)}; their strength is rough")
    facts = {"goal": options.goal, "photos": sum(one.pictures for one in strengths), "split": held_out.split}
    facts |= {"share": options.share} if options.goal == "colourfulness" else {}
    return _Found(_as_fields(card, strengths) | {"saturation_found": facts}, strengths, skipped, notes)


def _as_fields(card: ModelCard, strengths: Sequence[Strength]) -> dict[str, object]:
    """The gains as fields of the card: of a model with labels, ``saturation`` stays for what it is told nothing of."""
    if not card.classes:
        return {"saturation": strengths[0].gain}
    base = card.saturation or 1.0
    factors = {strength.label: round(strength.gain / base, 4) for strength in strengths}
    return {"saturation": base, "class_saturation": card.class_saturation | factors}


class _HeldOut(NamedTuple):
    files: Sequence[PictureFile]
    split: str
    notes: list[str]


def _held_out(evaluated: EvaluatedModel, folders: Sequence[Path], options: SaturateOptions) -> _HeldOut:
    if not folders:
        raise PincelError("there are no photos to look at; give --data FOLDER, or --like MODEL")
    files, split = scan(folders), options.split
    known, name = split_of(evaluated, split)
    chosen = select(files, known, "val", foreign_too=split is None, limit=options.limit)
    notes = [] if known else [f"{name}, so all {len(files)} photos count as new to it"]
    classes = evaluated.model.card.classes
    usable = [file for file in chosen.files if not classes or file.label in classes]
    if not usable:
        raise PincelError(f"none of the {len(chosen.files)} photos is in a folder of its classes: {join(classes)}")
    if others := len(chosen.files) - len(usable):
        notes.append(f"{others} {'photo is' if others == 1 else 'photos are'} of no class that the model knows")
    return _HeldOut(usable, name if known else "none", notes)


def _curves(
    files: Sequence[PictureFile],
    evaluated: EvaluatedModel,
    options: SaturateOptions,
    skipped: dict[str, str],
    workers: int | None,
    on_progress: Callable[[int, int], None] | None,
) -> list[tuple[str, np.ndarray]]:
    """By class: a row a photo, the goal's figure at each of `_gains`, and last that of the real photo."""
    protocol = make_protocol("letterbox")
    by_label: dict[str, list[np.ndarray]] = {}
    greys = 0

    def work(file: PictureFile) -> np.ndarray | str | None:
        try:
            return _curve(file, evaluated, protocol, options)
        except _Trained:
            raise
        except PincelError as error:
            return str(error)

    for file, row in in_order(work, files, workers, on_progress):
        match row:
            case str():
                skipped[file.key] = row
            case None:
                greys += 1
            case _:
                label = file.label if evaluated.model.card.classes else ""
                by_label.setdefault(label or "", []).append(row)
    if not by_label:
        why = [f"{greys} {'is' if greys == 1 else 'are'} grey"] * bool(greys) + list(skipped.values())[:1]
        raise PincelError(f"none of the {len(files)} photos can be measured: {'; '.join(why)}")
    return [(label, np.stack(rows)) for label, rows in sorted(by_label.items())]


class _Trained(PincelError):
    """A photo that the model was trained on tells nothing."""


def _curve(
    file: PictureFile, evaluated: EvaluatedModel, protocol: Protocol, options: SaturateOptions
) -> np.ndarray | None:
    """The goal's figure of one photo at each gain; None for a photo without colour."""
    rgb, card = read_photo(file), evaluated.model.card
    if trained_by(rgb, [evaluated]):
        raise _Trained(
            f"model '{card.name}' was trained on {file.path}, and is surer of it than of new photos; give others, "
            "name its run's split with --split RUN/split.csv, or take the factors of a twin with --like"
        )
    if not options.grey_photos and high_chroma(cached_view(rgb, evaluated.cache_side)) < GREY_CHROMA:
        return None
    view = protocol.view(rgb)
    label = file.label if card.classes else UNKNOWN
    drafted = draft(Picture(view.rgb), evaluated.model, PaintOptions(label))
    paintings = (drafted.paint(gain, workers=1) for gain in _gains(card, label))
    figures = [score_pair(painted, view.rgb, view.mask, (options.goal,))[options.goal] for painted in paintings]
    return np.array([*figures, colourfulness(view.rgb, view.mask)])


def _gains(card: ModelCard, label: str | None) -> np.ndarray:
    """What is tried, the card's own last."""
    return np.append(GAINS, card.gain(label))


def _strength(label: str, card: ModelCard, rows: np.ndarray, options: SaturateOptions) -> Strength:
    means, real = rows.mean(axis=0)[:-1], rows.mean(axis=0)[-1]
    tried = means[: len(GAINS)]
    wished = options.share * real
    better = {"psnr": tried, "ciede2000": -tried, "colourfulness": -np.abs(tried - wished)}[options.goal]
    best = int(better.argmax())
    scale = (real or 1.0) if options.goal == "colourfulness" else 1.0  # it is told as a share of the real one
    return Strength(label, len(rows), float(GAINS[best]), card.gain(label), tried[best] / scale, means[-1] / scale)
