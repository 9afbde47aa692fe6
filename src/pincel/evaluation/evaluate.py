"""`evaluate`: measure a model on photos it never saw, beside the grey baseline and other models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pincel.data.scan import scan
from pincel.data.split import Split, read_split
from pincel.errors import PincelError
from pincel.evaluation.contestants import GREY, Contestant, enter_all, split_of
from pincel.evaluation.gallery import GalleryItem, make_gallery
from pincel.evaluation.labelling import LABEL_MODES, OWN, check_labelling
from pincel.evaluation.measure import Measurement, measure
from pincel.evaluation.protocols import Protocol, make_protocol
from pincel.evaluation.selection import Selection, select
from pincel.evaluation.sets import SetMeter
from pincel.evaluation.tables import Bootstrap, QualityRow, quality_rows, rows_by_label
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
        contestants: the candidate, then the reference models.
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
    """

    contestants: Sequence[Contestant]
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

    @property
    def candidate(self) -> str:
        """Name of the candidate's row."""
        return self.contestants[0].name

    @property
    def card(self) -> ModelCard:
        """The candidate's."""
        return self.contestants[0].model.card

    @property
    def n(self) -> int:
        """How many pictures were measured."""
        return len(self.measured.pictures)

    def row(self, name: str) -> QualityRow:
        """A row of the quality table: ``grey``, the candidate, or a reference model."""
        return next(row for row in self.rows if row.name == name)


def evaluate(
    model: str | Path | Model,
    folders: Sequence[Path],
    *,
    split: str | Path | Split | None = None,
    side: str = "test",
    protocol: str = "letterbox",
    size: int | None = None,
    label: str = OWN,
    allow_trained: bool = False,
    limit: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    others: Sequence[str | Path | Model] = (),
    bootstrap: Bootstrap | None = None,
    set_metrics: bool = True,
    inception: bool | Path = True,
    workers: int | None = None,
) -> Evaluation:
    """Measure a colorizer against the real colours, the grey baseline and other models.

    All figures are taken of 8-bit pictures. Pictures are read, measured and forgotten one by one.

    Args:
        model: name, model file, loaded model, or folder of a run.
        folders: data sets, each a folder of class folders (or of photos).
        split: a shipped name, a CSV file or a `Split`: only pictures that it knows are measured. None: the split the
            model was trained with, where it can be found; pictures that it does not know are measured too.
        side: ``test``, ``val`` or ``train``.
        protocol: ``letterbox`` (the papers' square) or ``photo``; see `pincel.evaluation.protocols`.
        size: long side in pixels; 128 for ``letterbox`` and 256 for ``photo`` by default.
        label: what models with labels are told: ``own`` (the class folder's name), ``wrong`` (another one),
            ``unknown``, ``auto`` (what they take the picture for), or one class for all pictures.
        allow_trained: measure pictures that a model was trained on, and say so in the report.
        limit: at most so many pictures, evenly spread over the set.
        on_progress: called with (done, all).
        others: reference models for the table.
        bootstrap: settings of the intervals.
        set_metrics: measure the distance of the painted set to the real one as well (about 9 ms a picture and row).
        inception: Inception Score and FID too (about 250 ms a picture and row): where the weights of Inception-v3 are
            found, never, or with the weights in this file.
        workers: pictures measured at once; the number of processors by default.

    Raises:
        PincelError: nothing to measure, an unusable model, split or weights file, or a picture that a model was
            trained on.
    """
    _require_packages("skimage", "matplotlib", "jinja2", *(SET_PACKAGES if set_metrics else ()))
    shown = make_protocol(protocol, size)
    files = scan(folders)
    entered = enter_all(model, others)
    check_labelling(entered[0].model, label)
    known, split_name = _split(split, entered[0])
    selection = select(files, known, side, foreign_too=split is None, limit=limit)
    measured = measure(
        selection.files,
        entered,
        shown,
        label=label,
        allow_trained=allow_trained,
        set_meter=_set_meter(entered, inception) if set_metrics else None,
        workers=workers,
        on_progress=on_progress,
    )
    candidate, settings = entered[0].name, bootstrap or Bootstrap()
    by_key = {file.key: file for file in selection.files}
    return Evaluation(
        contestants=entered,
        protocol=shown,
        folders=[Path(folder) for folder in folders],
        side=side,
        split=split_name,
        split_digest=known.digest if known else "",
        selection=selection,
        measured=measured,
        rows=quality_rows(measured.pictures, candidate, settings, measured.sets),
        rows_by_label=rows_by_label(measured.pictures, candidate, settings),
        gallery=make_gallery(measured.pictures, by_key, entered[0], shown, GALLERY_COUNT, label),
        bootstrap=settings,
        notes=_notes(entered, measured, known if split is None else None) + _label_notes(entered, measured, label),
        label=label,
    )


def _require_packages(*names: str) -> None:
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise PincelError(f"measuring needs {', '.join(missing)}; install them with: pip install 'pincel[train]'")


def _set_meter(entered: Sequence[Contestant], inception: bool | Path) -> SetMeter:
    return SetMeter([GREY, *(contestant.name for contestant in entered)], inception=inception)


def _split(split: str | Path | Split | None, candidate: Contestant) -> tuple[Split | None, str]:
    """The split to use and its name."""
    if split is None:
        return split_of(candidate)
    return (split, "given") if isinstance(split, Split) else (read_split(split), str(split))


def _label_notes(entered: Sequence[Contestant], measured: Measurement, label: str) -> list[str]:
    """What models with labels were told, and how often they told it right themselves."""
    notes = []
    for contestant in entered:
        classes = contestant.model.card.classes
        if not classes:
            continue
        notes.append(f"{contestant.name} was told {LABEL_MODES.get(label, f'“{label}” of every picture')}.")
        known = [picture for picture in measured.pictures if picture.label in classes]
        if label == AUTO and contestant.model.card.tells_label and known:
            right = sum(picture.told[contestant.name] == picture.label for picture in known)
            notes.append(f"It took {right} of {len(known)} pictures for what they are ({right / len(known):.1%}).")
    return notes


def _notes(entered: Sequence[Contestant], measured: Measurement, own_split: Split | None) -> list[str]:
    notes = []
    trained = [picture for picture in measured.pictures if picture.trained_by]
    if trained:
        notes.append(
            f"{len(trained)} of these {len(measured.pictures)} pictures were trained on: the figures flatter the model."
        )
    notes += [
        f"The file of {contestant.name} does not say which pictures it was trained on, so none could be refused."
        for contestant in entered
        if not contestant.hashes
    ]
    digest = entered[0].model.card.split_digest
    if own_split and digest and digest != own_split.digest:
        notes.append(
            f"The split has changed since training (digest {own_split.digest}, the model's card says {digest})."
        )
    if len(measured.pictures) < FEW_PICTURES:
        few = "1 picture was" if len(measured.pictures) == 1 else f"{len(measured.pictures)} pictures were"
        notes.append(f"Only {few} measured: the intervals are rough.")
    return notes
