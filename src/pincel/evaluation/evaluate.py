"""`evaluate`: measure a model on photos it never saw, beside a baseline and other models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pincel.data.scan import scan
from pincel.data.split import Split
from pincel.evaluation.evaluated_models import EvaluatedModel, evaluated_models, split_of
from pincel.evaluation.evaluated_tasks import EvaluatedTask
from pincel.evaluation.gallery import GalleryItem, make_gallery
from pincel.evaluation.labelling import LABEL_MODES, OWN, check_labelling
from pincel.evaluation.measure import Measurement, measure
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.protocols import Protocol, Square, make_protocol
from pincel.evaluation.selection import Selection, select
from pincel.evaluation.sets import SetMeter
from pincel.evaluation.sources import check_sources, tell_sources
from pincel.evaluation.tables import Bootstrap, QualityRow, quality_rows, rows_by_label
from pincel.extras import require
from pincel.runtime.card import ModelCard
from pincel.runtime.model_file import Model
from pincel.runtime.painter import AUTO

__all__ = ["Evaluation", "evaluate"]

GALLERY_COUNT = 4  # pictures each of best, median and worst
FEW_PICTURES = 30
SET_PACKAGES = ("torch", "timm", "torchmetrics")


@dataclass(frozen=True)
class Evaluation:
    """What was measured, on what, and how.

    Attributes:
        models: the candidate, then the reference models.
        protocol: how pictures were shown.
        folders: the data sets.
        side: of the split. split: its name, or why there is none. split_digest: of the split, or "".
        selection: which pictures, and how many were left out for what reason.
        measured: the figures of each picture, and the pictures that could not be measured.
        rows: the quality table, with the figures of whole sets. rows_by_label: the same per class, without those.
        gallery: pictures to look at.
        bootstrap: settings of the intervals.
        notes: what a reader should know before believing the figures.
        label: what models with labels were told; see `pincel.evaluation.labelling`.
        sources: what the models were shown, in words; "" for colorizers.
    """

    models: Sequence[EvaluatedModel]
    protocol: Protocol
    folders: Sequence[Path]
    side: str
    split: str
    split_digest: str
    selection: Selection
    measured: Measurement
    rows: Sequence[QualityRow]
    rows_by_label: dict[str, list[QualityRow]]
    gallery: Sequence[GalleryItem]
    bootstrap: Bootstrap
    notes: Sequence[str]
    label: str = OWN
    sources: str = ""

    @property
    def task(self) -> EvaluatedTask:
        """How models of this task are measured."""
        return self.models[0].task

    @property
    def leading(self) -> str:
        """The figure that pictures are ranked by, a key of `pincel.evaluation.evaluated_tasks.RATIOS`."""
        return _leading(self.task, self.measured)

    @property
    def figures(self) -> list[str]:
        """Keys of the figures that any row has, in the order of the table."""
        return [name for name in self.task.metrics if any(name in row.figures for row in self.rows)]

    @property
    def description(self) -> str:
        """How pictures were shown and painted, in words."""
        protocol = self.protocol
        painted = f"{protocol.geometry} and painted as by the command {self.task.command}."
        return f"{painted}{self.sources}{protocol.remark}"

    @property
    def candidate(self) -> str:
        """Name of the candidate's row."""
        return self.models[0].name

    @property
    def card(self) -> ModelCard:
        """The candidate's."""
        return self.models[0].model.card

    @property
    def n(self) -> int:
        """How many pictures were measured."""
        return len(self.measured.pictures)

    def row(self, name: str) -> QualityRow:
        """A row of the quality table: the baseline (``grey``, ``identity``), the candidate, or a reference model."""
        return next(row for row in self.rows if row.name == name)


def evaluate(
    model: str | Path | Model,
    folders: Sequence[Path],
    options: EvaluateOptions | None = None,
    *,
    others: Sequence[str | Path | Model] = (),
    bootstrap: Bootstrap | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure a model against the real pictures, a baseline and other models.

    The baseline is what painting must beat: the grey photo of colorizers, for other tasks the source as it is
    (identity). All figures are taken of 8-bit pictures. Pictures are read, measured and forgotten one by one.

    Args:
        model: name, model file, loaded model, or folder of a run.
        folders: data sets, each a folder of class folders (or of photos). Sketch models are shown sketches drawn from
            the photos as they learnt them, or the sources of a folder of pairs; other models A -> B need such pairs.
        options: which pictures, how they are shown, and by which figures.
        others: reference models of the same task for the table.
        bootstrap: settings of the intervals.
        workers: pictures measured at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: nothing to measure, an unusable model, split or weights file, models of different tasks, pictures
            without the partners that the task needs, or a picture that a model was trained on.
    """
    options, settings = options or EvaluateOptions(), bootstrap or Bootstrap()
    require("skimage", "matplotlib", "jinja2", *(SET_PACKAGES if options.set_metrics else ()))
    files = scan(folders)
    models = evaluated_models(model, others)
    task = models[0].task
    shown = _protocol(models[0], options)
    check_labelling(models[0].model, options.label)
    known, split_name = split_of(models[0], options.split)
    selection = select(
        files,
        known,
        options.side,
        foreign_too=options.split is None,
        near_duplicates=options.near_duplicates,
        limit=options.limit,
    )
    check_sources(selection.files, models)
    set_meter = _set_meter(models, options, settings) if options.set_metrics else None
    measured = measure(
        selection.files, models, shown, options, set_meter=set_meter, workers=workers, on_progress=on_progress
    )
    candidate, leading = models[0].name, _leading(task, measured)
    by_key = {file.key: file for file in selection.files}
    return Evaluation(
        models=models,
        protocol=shown,
        folders=[Path(folder) for folder in folders],
        side=options.side,
        split=split_name,
        split_digest=known.digest if known else "",
        selection=selection,
        measured=measured,
        rows=quality_rows(measured.pictures, candidate, settings, measured.sets, task),
        rows_by_label=rows_by_label(measured.pictures, candidate, settings, task),
        gallery=make_gallery(measured.pictures, by_key, models[0], shown, GALLERY_COUNT, options.label, leading),
        bootstrap=settings,
        notes=_notes(models, measured, known if options.split is None else None, options.grey_photos)
        + _split_notes(selection)
        + _label_notes(models, measured, options.label),
        label=options.label,
        sources=tell_sources(selection.files, models),
    )


def _protocol(candidate: EvaluatedModel, options: EvaluateOptions) -> Protocol:
    task, size = candidate.task, options.size
    name = options.protocol or task.protocol
    if size is None and (task.translates or name == Square.name):
        size = candidate.model.card.working_size
    return make_protocol(name, size)


def _leading(task: EvaluatedTask, measured: Measurement) -> str:
    scores = measured.pictures[0].scores[task.baseline]
    return next(name for name in task.leading if name in scores)


def _set_meter(models: Sequence[EvaluatedModel], options: EvaluateOptions, settings: Bootstrap) -> SetMeter:
    task = models[0].task
    return SetMeter(
        [task.baseline, *(evaluated.name for evaluated in models)],
        inception=options.inception_weights or options.inception,
        distances=task.translates,
        intervals=(settings.level, settings.seed) if task.translates else None,
    )


def _split_notes(selection: Selection) -> list[str]:
    if not selection.repeated:
        return []
    return [
        f"{selection.repeated} of these pictures nearly repeat a training picture of the split, which flatters the "
        "model; --no-near-duplicates leaves them out."
    ]


def _label_notes(models: Sequence[EvaluatedModel], measured: Measurement, label: str) -> list[str]:
    """What models with labels were told, of how many pictures they know the class, how often they told it right."""
    notes = []
    for evaluated in models:
        classes = evaluated.model.card.classes
        if not classes:
            continue
        notes.append(f"{evaluated.name} was told {LABEL_MODES.get(label, f'“{label}” of every picture')}.")
        known = [picture for picture in measured.pictures if picture.label in classes]
        if label == OWN and len(known) < len(measured.pictures):
            notes.append(
                f"It knows the class of {len(known)} of {len(measured.pictures)} pictures and was told nothing of the "
                "others."
            )
        if label == AUTO and evaluated.model.card.tells_label and known:
            right = sum(picture.labels[evaluated.name] == picture.label for picture in known)
            notes.append(f"It took {right} of {len(known)} pictures for what they are ({right / len(known):.1%}).")
    return notes


def _notes(
    models: Sequence[EvaluatedModel], measured: Measurement, own_split: Split | None, grey_photos: bool
) -> list[str]:
    notes = []
    if grey_photos and not models[0].task.translates:
        notes.append("Photos without colour are measured too: the grey baseline is equal to them, or nearly so.")
    trained = [picture for picture in measured.pictures if picture.trained_by]
    if trained:
        notes.append(
            f"{len(trained)} of these {len(measured.pictures)} pictures were trained on: the figures flatter the model."
        )
    notes += [
        f"The file of {evaluated.name} does not say which pictures it was trained on, so none could be refused."
        for evaluated in models
        if not evaluated.hashes
    ]
    digest = models[0].model.card.split_digest
    if own_split and digest and digest != own_split.digest:
        notes.append(
            f"The split has changed since training (digest {own_split.digest}, the model's card says {digest})."
        )
    if len(measured.pictures) < FEW_PICTURES:
        one = len(measured.pictures) == 1
        few = "1 picture was" if one else f"{len(measured.pictures)} pictures were"
        said = "its alone, without an interval" if one else "those of these few, the intervals rough"
        sets = ", and Frechet and MMD, which compare whole sets, say little or nothing" if measured.sets else ""
        notes.append(
            f"Only {few} measured: the figures are {said}{sets}; measure {FEW_PICTURES} or more to judge a model."
        )
    return notes
