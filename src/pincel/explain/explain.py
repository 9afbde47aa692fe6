"""`explain`: all methods that a model allows, for some pictures and one named scalar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import numpy as np
import torch

from pincel.errors import PincelError, join
from pincel.explain.classes import ClassChanges, attribute_classes
from pincel.explain.explained import Explained, load_explained
from pincel.explain.faithfulness import randomised_models
from pincel.explain.gradcam import default_layers, layers_of, pick_layer
from pincel.explain.labels import LabelPainting, paint_with_each_label
from pincel.explain.options import METHODS, ExplainOptions
from pincel.explain.picture_maps import PictureMap, make_maps, plan_maps
from pincel.explain.receptive import ReceptiveField, receptive_field
from pincel.explain.scalars import Scalar, question_of
from pincel.explain.side import pictures_of_side
from pincel.explain.verdicts import Verdicts, verdicts
from pincel.explain.views import View, parse_region, real_picture, subject_mask, view_of
from pincel.imaging.color import from_float
from pincel.runtime.painter import UNKNOWN

__all__ = ["ExplainedPicture", "Explanation", "explain"]

NEED_LAYERS = ("saliency", "smoothgrad", "integrated", "gradcam", "receptive", "discriminator")
SCALE_QUANTILE = 0.995  # of all pictures' values: the top of a colour scale


@dataclass(frozen=True)
class _Asked:
    """One picture: its file, what the network is told, and the file of what should be painted."""

    path: Path
    label: str | None
    real: Path | None = None


@dataclass(frozen=True)
class ExplainedPicture:
    """What was found out about one picture.

    Attributes:
        view: as the network saw it. painted: uint8 (H, W, 3).
        label: what the network was told; None: it takes none.
        scalar: what is explained. value: of this painting.
        subject: bool (H, W). how: that was found.
        maps, paintings, field, verdicts: of the methods that were asked for.
        real: uint8 (H, W, 3), what should have been painted; None: not known.
    """

    view: View
    painted: np.ndarray
    label: str | None
    scalar: Scalar
    value: float
    subject: np.ndarray
    how: str
    maps: list[PictureMap]
    paintings: list[LabelPainting]
    field: ReceptiveField | None
    verdicts: Verdicts | None
    real: np.ndarray | None


@dataclass(frozen=True)
class Explanation:
    """Everything a report says.

    Attributes:
        explained: the model. methods: that were used.
        pictures: in the order given. failed: those that could not be read, with the reason.
        scales: top of each colour scale, shared by all pictures.
        classes: class attribution over a split's side, when it was asked for.
    """

    explained: Explained
    methods: list[str]
    pictures: list[ExplainedPicture]
    failed: list[str]
    scales: dict[str, float] = field(default_factory=dict)
    classes: ClassChanges | None = None


def explain(
    pictures: Sequence[str | Path],
    model: str | Path | Explained,
    options: ExplainOptions | None = None,
    *,
    real: Sequence[str | Path] = (),
    data: Sequence[Path] = (),
    record: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain how a model paints.

    Args:
        pictures: files.
        model: the folder of a run, a model's name or file (a quantized one: only ``occlusion``, ``labels`` and
            ``classes``), or loaded.
        options: which methods explain which number (`pincel.explain.scalars.make_scalar`), and of what part.
        real: what should have been painted, a file a picture; of colorizers the pictures themselves.
        data: of class attribution and of ``options.sample``; the run's own by default.
        record: where class attribution keeps its rows, so that they are not made again.
        on_progress: called with (done, all): steps of the pictures, then pictures of class attribution.

    Raises:
        PincelError: a wrong method, scalar, label, region or layer; or no picture can be read.
    """
    options = options or ExplainOptions()
    explained = model if isinstance(model, Explained) else load_explained(model)
    wanted = _methods(explained, options.methods, bool(data) and not options.sample)
    area = parse_region(options.region)
    asked = [_Asked(Path(path), options.label) for path in pictures]
    if real and len(real) != len(pictures):
        raise PincelError(f"--real is given {len(real)} times for {len(pictures)} pictures; give it once for each")
    asked = [replace(one, real=Path(path)) for one, path in zip(asked, real, strict=True)] if real else asked
    asked += _sample(explained, data, options, options.sample) if options.sample else []
    chosen = replace(options, methods=tuple(wanted), layers=tuple(_layers(explained, wanted, options)))
    made_of_each = plan_maps(explained, question_of(explained, options, (1, 1)), wanted, chosen.layers)
    steps = 1 + len(made_of_each) * (2 if options.verify else 1)
    randomised = randomised_models(explained) if options.verify and made_of_each and asked else []
    done, failed = [], []
    for place, one in enumerate(asked):
        try:
            view = view_of(one.path, explained, options.size or explained.working_size, area)
            target = real_picture(explained, view, one.real)
        except PincelError as error:
            if len(asked) == 1:
                raise
            failed.append(str(error))
            continue
        tick = _ticker(on_progress, place * steps, len(asked) * steps)
        done.append(_explain_one(explained, view, target, replace(chosen, label=one.label), randomised, tick))
    if not done and (asked or "classes" not in wanted):
        raise PincelError(
            failed[0] if failed else "there is no picture to explain; give one, --sample N, or --methods classes"
        )
    changes = None
    if "classes" in wanted:
        changes = attribute_classes(explained, data, options, record, on_progress)
    return Explanation(explained, wanted, done, failed, _scales(done), changes)


def _explain_one(
    explained: Explained,
    view: View,
    real: np.ndarray | None,
    chosen: ExplainOptions,
    randomised: Sequence[Explained],
    tick: Callable[[], None],
) -> ExplainedPicture:
    label = explained.chosen_label(view.source, chosen.label)
    number = None if label is None else explained.label_number(label)
    output = explained.paint(view.source[None], number)[0]
    painted = from_float(np.clip(explained.task.decode(view.source, output), 0, 1))
    subject = subject_mask(view)
    source = torch.from_numpy(view.source)[None]
    question = question_of(explained, chosen, view.source.shape[-2:], number, view.region)
    scalar = question.scalar(explained)
    with torch.no_grad():
        value = float(scalar.of(source)[0])
    plans = plan_maps(explained, question, chosen.methods, chosen.layers)
    maps = make_maps(
        explained, plans, question, source, subject, verify=chosen.verify, randomised=randomised, tick=tick
    )
    paintings = paint_with_each_label(explained, view.source, label or UNKNOWN) if "labels" in chosen.methods else []
    reach = None
    if "receptive" in chosen.methods:
        row, column = (int(places.mean()) for places in np.nonzero(_asked(view)))
        label_tensor = None if number is None else torch.tensor([number])
        reach = receptive_field(explained.require_network("'receptive'"), source, row, column, label_tensor)
    scores = verdicts(explained, view.source, output, real, number) if "discriminator" in chosen.methods else None
    tick()
    return ExplainedPicture(view, painted, label, scalar, value, *subject, maps, paintings, reach, scores, real)


def _ticker(on_progress: Callable[[int, int], None] | None, done: int, total: int) -> Callable[[], None]:
    steps = count(done + 1)

    def tick() -> None:
        if on_progress:
            on_progress(next(steps), total)

    return tick


def _asked(view: View) -> np.ndarray:
    height, width = view.rgb.shape[:2]
    return np.ones((height, width), bool) if view.region is None else view.region.mask(height, width)


def _methods(explained: Explained, methods: Sequence[str], data: bool) -> list[str]:
    """The methods that were asked for, or all that this model allows, in order."""
    for method in methods:
        if method not in METHODS:
            raise PincelError(f"unknown method '{method}'; known: {join(METHODS)}")
        if method in NEED_LAYERS:
            explained.require_network(f"'{method}'")
        if method in ("labels", "classes") and not explained.classes:
            raise PincelError(
                f"{explained.name} takes no label, so '{method}' has nothing to change; leave it out of --methods, or "
                "give a model that learnt with labels (generator.conditional: true)"
            )
    if methods:
        return [method for method in METHODS if method in methods]
    left_out = set() if explained.network is not None else set(NEED_LAYERS)
    left_out |= set() if explained.classes else {"labels", "classes"}
    left_out |= set() if data else {"classes"}
    left_out |= set() if explained.discriminator is not None else {"discriminator"}
    allowed = [method for method in METHODS if method not in left_out]
    if not allowed:
        explained.require_network("every method for a model without labels")
    return allowed


def _sample(explained: Explained, data: Sequence[Path], options: ExplainOptions, count: int) -> list[_Asked]:
    """Pictures of a side, with the labels of their folders."""
    if explained.task.draws:
        raise PincelError(
            f"{explained.name} paints from drawings, and its data set holds photos; draw some with 'pincel sketch' and "
            "give those instead of --sample"
        )
    files = pictures_of_side(explained, data, options.split, options.side, count)
    label_of = {file.key: options.label or (file.label if explained.classes else None) for file in files}
    return [_Asked(file.source or file.path, label_of[file.key], file.path if file.source else None) for file in files]


def _layers(explained: Explained, methods: Sequence[str], options: ExplainOptions) -> list[str]:
    """The layers of Grad-CAM; the same for all pictures, whatever their shape is."""
    if "gradcam" not in methods:
        return []
    known, network = layers_of(explained, options.size), explained.require_network("'gradcam'")
    for layer in options.layers:
        pick_layer(network, known, layer)
    return list(dict.fromkeys(options.layers)) or default_layers(known, network)


def _scales(pictures: Sequence[ExplainedPicture]) -> dict[str, float]:
    found: dict[str, list[np.ndarray]] = {}
    for picture in pictures:
        for one in picture.maps:
            found.setdefault(one.scale, []).append(one.values.ravel())
    return {name: float(np.quantile(np.concatenate(values), SCALE_QUANTILE)) for name, values in found.items()}
