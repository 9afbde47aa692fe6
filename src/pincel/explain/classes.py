"""Class attribution over a whole side of a split: what a label changes, for every true class and given label.

The colorization paper replaces the true label by another and calls the mean change the label's influence, on a few
pictures. Here it is every picture of a split's side, with intervals; a class is left out of its own mean, since a
picture told its own label does not change.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PictureError, PincelError
from pincel.explain.explained import Explained
from pincel.explain.options import ExplainOptions
from pincel.explain.side import pictures_of_side
from pincel.files import write_atomically
from pincel.imaging.resize import letterbox
from pincel.metrics.bootstrap import bootstrap_interval
from pincel.metrics.color import ciede2000

__all__ = ["ClassChanges", "Influence", "attribute_classes"]

BATCH = 16
SHRINK = 2  # colours are compared at half the size; networks paint them no finer


@dataclass(frozen=True)
class Influence:
    """How much a label changes pictures of the other classes: mean CIEDE2000 and its 95 % interval."""

    label: str
    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class ClassChanges:
    """What each label changed in each picture.

    Attributes:
        classes: the labels.
        keys: of the pictures. true: (n,) number of each picture's own class.
        own: (n, classes) mean CIEDE2000 between the painting with each label and that with the own label.
        unknown: (n, classes) the same against the painting without a label.
        shift: (n, classes, 2) mean ab of the painting with each label minus that with the own label, Lab units.
        failed: pictures that could not be read, with the reason.
        side: of the split. size: of the squares, in pixels.
    """

    classes: list[str]
    keys: list[str]
    true: np.ndarray
    own: np.ndarray
    unknown: np.ndarray
    shift: np.ndarray
    failed: list[str]
    side: str
    size: int

    def matrix(self) -> np.ndarray:
        """(true, given): mean change against the own label, 0 on the diagonal; not a number without pictures."""
        return self._by_class(self.own)

    def shifts(self) -> np.ndarray:
        """(true, given, 2): mean ab shift against the own label."""
        return self._by_class(self.shift)

    def counts(self) -> list[int]:
        """Pictures of each class."""
        return [int((self.true == number).sum()) for number in range(len(self.classes))]

    def influences(self, against: str = "own") -> list[Influence]:
        """The labels, most distinctive first: mean change that each makes in pictures of the other classes.

        Args:
            against: ``own``, the painting with the true label, as in the paper; or ``unknown``.
        """
        changes = self.own if against == "own" else self.unknown
        found = []
        for number, label in enumerate(self.classes):
            values = changes[self.true != number, number]
            if len(values):
                found.append(Influence(label, float(values.mean()), *bootstrap_interval(values), len(values)))
        return sorted(found, key=lambda one: -one.mean)

    def _by_class(self, values: np.ndarray) -> np.ndarray:
        rows = [values[self.true == number] for number in range(len(self.classes))]
        nothing = np.full(values.shape[1:], np.nan)
        return np.stack([row.mean(0) if len(row) else nothing for row in rows])


def attribute_classes(
    explained: Explained,
    folders: Sequence[Path],
    options: ExplainOptions,
    record: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ClassChanges:
    """Paint every picture of a side with every label, letterboxed to the size of training.

    What is done is kept in ``record``, a line a picture, and not done again when the call is repeated.

    Args:
        explained: a colorizer with labels, a run or a file.
        folders: data sets with class folders; the model's own when there are none.
        options: which side of which split, and how many of its pictures.
        record: a JSONL file; begun anew when it is of other weights or sizes. None: nothing is kept.
        on_progress: called with (done, all).

    Raises:
        PincelError: no labels, another task, no split, or no picture of a known class on this side.
    """
    if not explained.classes:
        raise PincelError(
            f"{explained.name} takes no label, so there is nothing to attribute to classes; leave 'classes' out of "
            "--methods, or give a model that learnt with labels (generator.conditional: true)"
        )
    if not explained.task.keeps_lightness:
        raise PincelError(
            f"class attribution compares painted colours, and {explained.name} is for the task {explained.task.name}; "
            "'labels' in --methods paints single pictures with each label"
        )
    size = explained.training_size
    files = pictures_of_side(explained, folders, options.split, options.side, options.limit)
    head = {"weights": _digest(explained), "size": size, "classes": explained.classes}
    rows = _begin(record, head) if record else {}
    failed: list[str] = []
    waiting = [file for file in files if file.key not in rows]
    if on_progress:
        on_progress(len(files) - len(waiting), len(files))
    with record.open("a", encoding="utf-8") if record else io.StringIO() as lines:
        for start in range(0, len(waiting), BATCH):
            for row in _measure(explained, waiting[start : start + BATCH], size, failed):
                rows[row["key"]] = row
                lines.write(json.dumps(row) + "\n")
            lines.flush()
            if on_progress:
                on_progress(len(files) - len(waiting) + min(start + BATCH, len(waiting)), len(files))
    done = [rows[file.key] for file in files if file.key in rows]
    if not done:
        raise PincelError(f"none of the {len(files)} pictures can be read; {failed[0]}")
    own, unknown, shift = (np.array([row[name] for row in done], np.float64) for name in ("own", "unknown", "shift"))
    true = np.array([explained.classes.index(row["label"]) for row in done])
    keys = [row["key"] for row in done]
    return ClassChanges(list(explained.classes), keys, true, own, unknown, shift, failed, options.side, size)


def _measure(explained: Explained, files: Sequence[PictureFile], size: int, failed: list[str]) -> list[dict[str, Any]]:
    sources, boxes, read = [], [], []
    for file in files:
        try:
            square, box = letterbox(read_photo(file), size)
        except PictureError as error:
            failed.append(str(error))
            continue
        sources.append(explained.task.encode(square))
        boxes.append(box.mask(size))
        read.append(file)
    if not read:
        return []
    batch = np.stack(sources)
    outputs = [explained.paint(batch, number) for number in range(len(explained.classes) + 1)]  # the last: unknown
    rows = []
    for place, file in enumerate(read):
        labs = [_small(explained.task.to_lab(batch[place], output[place])) for output in outputs]
        mask = _small(boxes[place].astype(np.float32)) > 0.5
        own = labs[explained.classes.index(file.label)]
        rows.append(
            {
                "key": file.key,
                "label": file.label,
                "own": [ciede2000(lab, own, mask) for lab in labs[:-1]],
                "unknown": [ciede2000(lab, labs[-1], mask) for lab in labs[:-1]],
                "shift": [[float(v) for v in (lab - own)[mask][:, 1:].mean(0)] for lab in labs[:-1]],
            }
        )
    return rows


def _small(values: np.ndarray) -> np.ndarray:
    height, width = values.shape[0] // SHRINK, values.shape[1] // SHRINK
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)


def _begin(record: Path, head: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of an earlier call of the same model and sizes; the file holds them and nothing else afterwards."""
    rows: dict[str, dict[str, Any]] = {}
    try:
        lines = record.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines[1:] if lines and _json(lines[0]) == head else []:
        row = _json(line)  # the last one may be cut off
        if row is not None:
            rows[row["key"]] = row
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(record, "".join(json.dumps(row) + "\n" for row in [head, *rows.values()]).encode())
    except OSError as error:
        raise PincelError(f"{record} cannot be written: {error.strerror}; choose another -o") from None
    return rows


def _json(line: str) -> dict[str, Any] | None:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def _digest(explained: Explained) -> str:
    if explained.model is not None:
        return hashlib.sha256(explained.model.path.read_bytes()).hexdigest()[:16]
    assert explained.network is not None
    digest = hashlib.sha256()
    for tensor in explained.network.state_dict().values():
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
