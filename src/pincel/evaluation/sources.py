"""What models are shown of a picture and what they paint: lightness, a sketch drawn from it, or the A of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PincelError
from pincel.evaluation.contestants import Contestant
from pincel.evaluation.labelling import told_label
from pincel.evaluation.protocols import Protocol, View, grey_baseline
from pincel.imaging.color import from_float
from pincel.imaging.edges import draw_at
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model
from pincel.runtime.painter import AUTO, tell_label
from pincel.runtime.sketches import style_of_card, style_text
from pincel.runtime.translator import translate
from pincel.tasks import TASKS, Sketch, Task

__all__ = ["Painted", "check_sources", "paint_view", "tell_sources"]


@dataclass(frozen=True)
class Painted:
    """One view as everybody paints it.

    Attributes:
        baseline: what painting must beat: uint8 (H, W, 3), the view's size.
        pictures: contestant's name -> the same shape.
        told: contestant's name -> the label it was told.
    """

    baseline: np.ndarray
    pictures: dict[str, np.ndarray]
    told: dict[str, str]


def paint_view(
    photo: np.ndarray, file: PictureFile, protocol: Protocol, contestants: Sequence[Contestant], label: str
) -> tuple[View, Painted]:
    """A picture as it is compared, and what its baseline and the contestants make of it.

    Args:
        photo: the whole picture, uint8 (H, W, 3); of a pair: B.
        file: where it comes from.
        protocol: how it is shown.
        contestants: who paints, the candidate first; all of one task.
        label: what models with labels are told; see `pincel.evaluation.labelling`.

    Raises:
        PincelError: it is too small to be compared, or the A of its pair cannot be read.
    """
    view = protocol.view(photo)
    told = {c.name: told_label(c.model, file, label) for c in contestants}
    if not contestants[0].discipline.translates:
        told |= {c.name: tell_label(Picture(view.rgb), c.model) for c in contestants if told[c.name] == AUTO}
        pictures = {c.name: protocol.paint(view, c.model, told[c.name]) for c in contestants}
        return view, Painted(grey_baseline(view.rgb), pictures, told)
    task = TASKS[contestants[0].discipline.task]
    given = _given(photo, file, protocol, task)
    sources = {c.name: _drawn(view, c.model) if given is None else given for c in contestants}
    pictures = {}
    for contestant in contestants:
        painting = translate(Picture(sources[contestant.name]), contestant.model, label=told[contestant.name])
        pictures[contestant.name] = painting.pixels
        told[contestant.name] = painting.label or told[contestant.name]
    baseline = from_float(task.show(task.encode(sources[contestants[0].name])))
    return view, Painted(baseline, pictures, told)


def check_sources(files: Sequence[PictureFile], contestants: Sequence[Contestant]) -> None:
    """Refuse pictures that have nothing to show the contestants, before the work begins.

    Raises:
        PincelError: some pictures have partners and others have none, the task needs pairs, or a model learnt from
            sketches that cannot be drawn here.
    """
    if not contestants[0].discipline.translates:
        return
    task = contestants[0].discipline.task
    alone = next((file for file in files if file.source is None), None)
    if alone is None:
        return
    if task != Sketch.name or any(file.source is not None for file in files):
        raise PincelError(
            f"the task {task} is measured on pairs, and {alone.path} has no partner; make a folder of pairs with "
            "'pincel data pairs' first"
        )
    for contestant in contestants:
        if style_of_card(contestant.model.card).method == "hed":
            raise PincelError(
                f"model '{contestant.name}' learnt from hed sketches, which are made once and beforehand: 'pincel data "
                "pairs PHOTOS --transform hed -o PAIRS', then --data PAIRS"
            )


def tell_sources(files: Sequence[PictureFile], contestants: Sequence[Contestant]) -> str:
    """What was shown, as a sentence for reports; "" for colorizers, whose source is the picture itself."""
    if not contestants[0].discipline.translates:
        return ""
    if any(file.source is not None for file in files):
        return " What is shown is the source of each pair."
    styles = {
        c.name: f"{style_text(style_of_card(c.model.card).model_dump())}, at {_size(c.model)} px" for c in contestants
    }
    if len(set(styles.values())) == 1:
        return f" Sketches are drawn from the photos as the model learnt them: {styles[contestants[0].name]}."
    each = "; ".join(f"{name}: {style}" for name, style in styles.items())
    return f" Each model is shown sketches as it learnt them ({each}); the baseline is the candidate's."


def _given(photo: np.ndarray, file: PictureFile, protocol: Protocol, task: Task) -> np.ndarray | None:
    """The A of a pair on the view's pixels, as the task cleans it; None when there is no A."""
    if file.source is None:
        return None
    pixels = task.fit(read_photo(replace(file, path=file.source, source=None)), *photo.shape[:2])
    return protocol.place(pixels, task.fit, task.outside)


def _drawn(view: View, model: Model) -> np.ndarray:
    """uint8 (H, W): the view's sketch in the model's own style; white where the view is padding, as in training."""
    lines = draw_at(view.rgb, style_of_card(model.card), _size(model))
    return lines if view.mask is None else np.where(view.mask, lines, np.uint8(Sketch.outside))


def _size(model: Model) -> int:
    return model.card.working_size
