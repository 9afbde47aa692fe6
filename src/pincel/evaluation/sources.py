"""What models are shown of a picture and what they paint: lightness, a sketch drawn from it, or the A of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PincelError
from pincel.evaluation.evaluated_models import EvaluatedModel
from pincel.evaluation.labelling import chosen_label
from pincel.evaluation.protocols import Protocol, View
from pincel.imaging.color import from_float
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import NONE_OF_THESE, UNKNOWN, paint
from pincel.runtime.sketches import style_of_card, style_text
from pincel.tasks import Task

__all__ = ["Painted", "check_sources", "paint_view", "tell_sources"]


@dataclass(frozen=True)
class Painted:
    """One view as everybody paints it.

    Attributes:
        baseline: what painting must beat: uint8 (H, W, 3), the view's size.
        pictures: model's name -> the same shape.
        labels: model's name -> the label it was told.
    """

    baseline: np.ndarray
    pictures: dict[str, np.ndarray]
    labels: dict[str, str]


def paint_view(
    photo: np.ndarray, file: PictureFile, protocol: Protocol, models: Sequence[EvaluatedModel], label_mode: str
) -> tuple[View, Painted]:
    """A picture as it is compared, and what its baseline and the models make of it.

    Args:
        photo: the whole picture, uint8 (H, W, 3); of a pair: B.
        file: where it comes from.
        protocol: how it is shown.
        models: who paints, the candidate first; all of one task.
        label_mode: what models with labels are told; see `pincel.evaluation.labelling`.

    Raises:
        PincelError: it is too small to be compared, or the A of its pair cannot be read.
    """
    view, task = protocol.view(photo), models[0].model.task
    given = _given(photo, file, protocol, task)
    sources = {one.name: _made(view, one.model) if given is None else given for one in models}
    pictures, labels = {}, {}
    for one in models:
        label = chosen_label(one.model, file, label_mode)
        painting = paint(Picture(sources[one.name]), one.model, PaintOptions(label))
        found = UNKNOWN if painting.label == NONE_OF_THESE else painting.label
        pictures[one.name], labels[one.name] = painting.pixels, found or label
    return view, Painted(from_float(task.unpainted(sources[models[0].name])), pictures, labels)


def check_sources(files: Sequence[PictureFile], models: Sequence[EvaluatedModel]) -> None:
    """Refuse pictures that have nothing to show the models, before the work begins.

    Raises:
        PincelError: some pictures have partners and others have none, the task needs pairs, or a model learnt from
            sketches that cannot be drawn here.
    """
    task = models[0].model.task
    if not task.takes_pairs:
        return
    alone = next((file for file in files if file.source is None), None)
    if alone is None:
        return
    if not task.makes_source or any(file.source is not None for file in files):
        raise PincelError(
            f"the task {task.name} is measured on pairs, and {alone.path} has no partner; make a folder of pairs with "
            "'pincel data pairs' first"
        )
    for evaluated in models if task.draws else ():
        if style_of_card(evaluated.model.card).method == "hed":
            raise PincelError(
                f"model '{evaluated.name}' learnt from hed sketches, which are made once and beforehand: 'pincel data "
                "pairs PHOTOS --transform hed -o PAIRS', then --data PAIRS"
            )


def tell_sources(files: Sequence[PictureFile], models: Sequence[EvaluatedModel]) -> str:
    """What was shown, as a sentence for reports; "" where the source is the picture itself."""
    task = models[0].model.task
    if not task.takes_pairs:
        return ""
    if any(file.source is not None for file in files):
        return " What is shown is the source of each pair."
    if not task.draws:
        return " What is shown is made of each picture."
    styles = {
        one.name: f"{style_text(style_of_card(one.model.card).model_dump())}, at {one.model.card.working_size} px"
        for one in models
    }
    if len(set(styles.values())) == 1:
        return f" Sketches are drawn from the photos as the model learnt them: {styles[models[0].name]}."
    each = "; ".join(f"{name}: {style}" for name, style in styles.items())
    return f" Each model is shown sketches as it learnt them ({each}); the baseline is the candidate's."


def _given(photo: np.ndarray, file: PictureFile, protocol: Protocol, task: Task) -> np.ndarray | None:
    """The A of a pair on the view's pixels, as the task cleans it; None when there is no A, or it is not looked at."""
    if file.source is None or not task.takes_pairs:
        return None
    pixels = task.fit(read_photo(replace(file, path=file.source, source=None)), *photo.shape[:2])
    return protocol.place(pixels, task.fit, task.outside)


def _made(view: View, model: Model) -> np.ndarray:
    """What is shown of a view without an A, as in training: the view itself, or what the task makes of it.

    A sketch is drawn in the model's own style, and white where the view is padding.
    """
    if not model.task.makes_source:
        return view.rgb
    made = model.task.make_source(view.rgb, style_of_card(model.card), model.card.working_size)
    return made if view.mask is None else model.task.inside(made, view.mask)
