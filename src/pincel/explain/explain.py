"""`explain`: all methods that a model allows, for some pictures and one named scalar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pincel.errors import PincelError, join
from pincel.explain.classes import ClassChanges, attribute_classes
from pincel.explain.explained import Explained, load_explained
from pincel.explain.faithfulness import Checks, check_map, random_responses
from pincel.explain.gradcam import SubjectShare, default_layers, gradcam, list_layers, pick_layer, subject_share
from pincel.explain.labels import LabelPainting, paint_with_each_label
from pincel.explain.maps import MAPS, SIGNED
from pincel.explain.receptive import ReceptiveField, receptive_field
from pincel.explain.scalars import Scalar, make_scalar
from pincel.explain.verdicts import Verdicts, verdicts
from pincel.explain.views import View, parse_region, subject_mask, view_of
from pincel.imaging.color import from_float
from pincel.runtime.painter import UNKNOWN

__all__ = ["METHODS", "ExplainedPicture", "Explanation", "PictureMap", "explain"]

METHODS = (
    "saliency",
    "smoothgrad",
    "integrated",
    "gradcam",
    "occlusion",
    "labels",
    "classes",
    "receptive",
    "discriminator",
)
NEED_GRADIENTS = ("saliency", "smoothgrad", "integrated", "gradcam", "occlusion", "receptive", "discriminator")
SCALE_QUANTILE = 0.995  # of all pictures' values: the top of a colour scale
Method = Callable[[Scalar, torch.Tensor], np.ndarray]


@dataclass(frozen=True)
class PictureMap:
    """One map of one picture.

    Attributes:
        method: a key of `METHODS`. title: for readers, with the scalar or the layer.
        scale: maps of one scale have one unit and share their colours over all pictures. unit: of the values.
        values: float32 (H, W), not negative.
        share: how much of it lies on the subject.
        checks: whether it can be believed; None: not asked.
    """

    method: str
    title: str
    scale: str
    unit: str
    values: np.ndarray
    share: SubjectShare
    checks: Checks | None = None


@dataclass(frozen=True)
class ExplainedPicture:
    """What was found out about one picture.

    Attributes:
        view: as the network saw it. painted: uint8 (H, W, 3).
        label: what the network was told; None: it takes none.
        scalar: what is explained; None: an .onnx file. value: of this painting.
        subject: bool (H, W). how: that was found.
        maps, paintings, field, verdicts: of the methods that were asked for.
    """

    view: View
    painted: np.ndarray
    label: str | None
    scalar: Scalar | None
    value: float | None
    subject: np.ndarray
    how: str
    maps: list[PictureMap]
    paintings: list[LabelPainting]
    field: ReceptiveField | None
    verdicts: Verdicts | None


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
    *,
    methods: Sequence[str] = (),
    scalar: str | None = None,
    label: str | None = None,
    between: Sequence[str] = (),
    region: str | None = None,
    layers: Sequence[str] = (),
    size: int | None = None,
    verify: bool = False,
    data: Sequence[Path] = (),
    split: str | None = None,
    side: str = "val",
    limit: int | None = None,
    record: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain how a model paints.

    Args:
        pictures: files.
        model: the folder of a run, an .onnx file (only ``labels`` and ``classes``), or loaded.
        methods: of `METHODS`; by default all that the model allows, ``classes`` only with ``data``.
        scalar: what is explained (`make_scalar`); mean chroma, or of other tasks mean luminance, by default.
        label: what the network is told; guessed where it can, otherwise unknown.
        between: the two labels of the scalar ``margin``.
        region: ``x,y,w,h`` in pixels of the files: the part of the painting that counts, and the subject.
        layers: for Grad-CAM; bottleneck and last encoder stage by default.
        size: long side in pixels; the model's working size by default.
        verify: check each map (`check_map`).
        data: of class attribution; the run's own by default.
        split: see `attribute_classes`; likewise side, limit and record.
        side: ``val`` or ``test``.
        limit: at most so many pictures.
        record: where its rows are kept.
        on_progress: called with (done, all): pictures, then those of class attribution.

    Raises:
        PincelError: a wrong method, scalar, label, region or layer; or no picture can be read.
    """
    explained = model if isinstance(model, Explained) else load_explained(model)
    chosen = _methods(explained, methods, bool(data))
    area = parse_region(region)
    name = scalar or ("luminance" if explained.task.paints_rgb else "chroma")
    done, failed = [], []
    for place, path in enumerate(pictures):
        try:
            view = view_of(Path(path), explained, size or explained.working_size, area)
        except PincelError as error:
            if len(pictures) == 1:
                raise
            failed.append(str(error))
            continue
        done.append(_explain_one(explained, view, chosen, name, label, between, layers, verify))
        if on_progress:
            on_progress(place + 1, len(pictures))
    if not done and (pictures or "classes" not in chosen):
        raise PincelError(failed[0] if failed else "there is no picture to explain; give one, or --methods classes")
    changes = None
    if "classes" in chosen:
        folders = data or _own_folders(explained)
        if record is None:
            raise PincelError("class attribution needs a file to keep its rows in; give record")
        changes = attribute_classes(
            explained, folders, record, split=split, side=side, limit=limit, on_progress=on_progress
        )
    return Explanation(explained, chosen, done, failed, _scales(done), changes)


def _explain_one(
    explained: Explained,
    view: View,
    methods: Sequence[str],
    name: str,
    label: str | None,
    between: Sequence[str],
    layers: Sequence[str],
    verify: bool,
) -> ExplainedPicture:
    told = explained.told_label(view.source, label)
    number = None if told is None else explained.label_number(told)
    output = explained.paint(view.source[None], number)[0]
    painted = from_float(np.clip(explained.task.decode(view.source, output), 0, 1))
    subject, how = subject_mask(view)
    source = torch.from_numpy(view.source)[None]
    shape = (source.shape[-2], source.shape[-1])
    scalar = value = None
    if explained.network is not None:

        def scalar_of(which: Explained, one: str) -> Scalar:
            return make_scalar(which, one, shape, label=number, region=view.region, between=between)

        scalar = scalar_of(explained, name)
        with torch.no_grad():
            value = float(scalar.of(source)[0])
        maps = _maps(explained, scalar_of, name, source, methods, layers, (subject, how), verify)
    else:
        maps = []
    paintings = paint_with_each_label(explained, view.source, told or UNKNOWN) if "labels" in methods else []
    reach = None
    if "receptive" in methods:
        row, column = (int(places.mean()) for places in np.nonzero(_asked(view)))
        told_tensor = None if number is None else torch.tensor([number])
        reach = receptive_field(explained.require_network("receptive"), source, row, column, told_tensor)
    judged = verdicts(explained, view.source, output, view.rgb, number) if "discriminator" in methods else None
    return ExplainedPicture(view, painted, told, scalar, value, subject, how, maps, paintings, reach, judged)


def _maps(
    explained: Explained,
    scalar_of: Callable[[Explained, str], Scalar],
    name: str,
    source: torch.Tensor,
    methods: Sequence[str],
    layers: Sequence[str],
    subject: tuple[np.ndarray, str],
    verify: bool,
) -> list[PictureMap]:
    """The maps of one picture; those of saliency also for a, for b and for both together."""
    step, step_name = (127.5, "grey level") if explained.task.paints_rgb else (50.0, "L")
    network = explained.require_network("this")
    scalar = scalar_of(explained, name)
    slope = f"{scalar.unit} (summed) per {step_name}"
    made: list[tuple[str, str, str, str, np.ndarray, Method | None, str]] = []
    if "saliency" in methods and not explained.task.paints_rgb:
        planes = {one: MAPS["saliency"](scalar_of(explained, one), source) / step for one in ("a", "b")}
        planes["a and b"] = np.hypot(planes["a"], planes["b"])
        unit = f"Lab units (summed) per {step_name}"
        for one, values in planes.items():
            method = MAPS["saliency"] if one in ("a", "b") else None
            made.append(("saliency", f"Saliency for {one}", unit, unit, values, method, one))
    for method in ("saliency", "smoothgrad", "integrated", "occlusion"):
        if method not in methods or (
            method == "saliency" and not (explained.task.paints_rgb or name not in ("chroma", "a", "b"))
        ):
            continue
        scale, unit, factor = {
            "integrated": ("integrated", f"{scalar.unit} (summed)", 1.0),
            "occlusion": ("occlusion", scalar.unit, 1.0),
        }.get(method, (f"{method}, {slope}", slope, step))
        values = MAPS[method](scalar, source) / factor
        made.append((method, f"{TITLES[method]}, {scalar.title}", scale, unit, values, MAPS[method], name))
    if "gradcam" in methods:
        known = list_layers(network, source)
        for layer in layers or default_layers(known):
            module = pick_layer(network, known, layer)
            values = gradcam(scalar, source, module)
            made.append(
                ("gradcam", f"Grad-CAM at {layer}, {scalar.title}", f"gradcam {layer}", "no unit", values, None, name)
            )
    random = (
        {one: random_responses(scalar_of(explained, one), source) for one in {m[6] for m in made if m[5]}}
        if verify
        else {}
    )
    maps = []
    for method, title, scale, unit, values, function, one in made:
        checks = None
        if verify and function is not None:
            checks = check_map(
                explained, lambda e, o=one: scalar_of(e, o), function, values, source, random[one], SIGNED.get(method)
            )
        maps.append(PictureMap(method, title, scale, unit, values, subject_share(values, *subject), checks))
    return maps


TITLES = {
    "saliency": "Saliency",
    "smoothgrad": "SmoothGrad",
    "integrated": "Integrated gradients",
    "occlusion": "Occlusion",
}


def _asked(view: View) -> np.ndarray:
    height, width = view.rgb.shape[:2]
    return np.ones((height, width), bool) if view.region is None else view.region.mask(height, width)


def _methods(explained: Explained, methods: Sequence[str], data: bool) -> list[str]:
    """The methods that were asked for, or all that this model allows, in order."""
    for method in methods:
        if method not in METHODS:
            raise PincelError(f"unknown method '{method}'; known: {join(METHODS)}")
        if method in NEED_GRADIENTS:
            explained.require_network(f"'{method}'")
        if method in ("labels", "classes") and not explained.classes:
            raise PincelError(
                f"{explained.name} takes no label, so '{method}' has nothing to change; leave it out of --methods, or "
                "give a model that learnt with labels (generator.conditional: true)"
            )
    if methods:
        return [method for method in METHODS if method in methods]
    left_out = set() if explained.network is not None else set(NEED_GRADIENTS)
    left_out |= set() if explained.classes else {"labels", "classes"}
    left_out |= set() if data else {"classes"}
    left_out |= set() if explained.discriminator is not None else {"discriminator"}
    allowed = [method for method in METHODS if method not in left_out]
    if not allowed:
        explained.require_network("every method for a model without labels")
    return allowed


def _own_folders(explained: Explained) -> list[Path]:
    folders: list[Any] = explained.run.facts()["folders"] if explained.run is not None else []
    if not folders or not all(Path(folder).is_dir() for folder in folders):
        raise PincelError("class attribution needs the data set; give --data with its folder of class folders")
    return [Path(folder) for folder in folders]


def _scales(pictures: Sequence[ExplainedPicture]) -> dict[str, float]:
    found: dict[str, list[np.ndarray]] = {}
    for picture in pictures:
        for one in picture.maps:
            found.setdefault(one.scale, []).append(one.values.ravel())
    return {name: float(np.quantile(np.concatenate(values), SCALE_QUANTILE)) for name, values in found.items()}
