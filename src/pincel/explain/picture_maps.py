"""All maps of one picture: which ones a choice of methods makes, each with its scalar, unit and checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from torch import Tensor

from pincel.explain.explained import Explained
from pincel.explain.faithfulness import (
    PERTURBATIONS,
    Checks,
    MapOf,
    Response,
    check_map,
    random_responses,
    rank_correlation,
)
from pincel.explain.gradcam import SubjectShare, gradcam, subject_share
from pincel.explain.maps import MAPS, SIGNED
from pincel.explain.scalars import BOTH, Question

__all__ = ["MapPlan", "PictureMap", "edge_strength", "make_maps", "plan_maps"]

TITLES = {
    "saliency": "Saliency",
    "smoothgrad": "SmoothGrad",
    "integrated": "Integrated gradients",
    "occlusion": "Occlusion",
}
SLOW = ("smoothgrad", "integrated", "occlusion")  # of many paintings; checked with half of the repetitions


@dataclass(frozen=True)
class MapPlan:
    """One map that is to be made.

    Attributes:
        method: a key of `pincel.explain.METHODS`. caption: what tells it from the method's other maps.
        title: for readers, with the scalar or the layer.
        scalar: name of what is explained.
        scale: maps of one scale have one unit and share their colours over all pictures. unit: of the values.
        of: makes the map. factor: that its values are divided by.
    """

    method: str
    caption: str
    title: str
    scalar: str
    scale: str
    unit: str
    of: MapOf
    factor: float = 1.0


@dataclass(frozen=True)
class PictureMap:
    """One map of one picture; see `MapPlan` for the words.

    Attributes:
        values: float32 (H, W), not negative.
        asked_unit: unit of the scalar itself, in which deletion and insertion are measured.
        share: how much of it lies on the subject.
        edges: rank correlation with the picture's edges (`edge_strength`).
        checks: whether it can be believed; None: not asked.
    """

    method: str
    caption: str
    title: str
    scale: str
    unit: str
    values: np.ndarray
    asked_unit: str
    share: SubjectShare
    edges: float
    checks: Checks | None = None


def plan_maps(explained: Explained, question: Question, methods: Sequence[str], layers: Sequence[str]) -> list[MapPlan]:
    """The maps that ``methods`` make of one picture; of colorizers those of saliency are for a, for b, and for both.

    Args:
        explained: the model.
        question: what is asked about the picture.
        methods: of `pincel.explain.METHODS`; those that make no maps are passed over.
        layers: for Grad-CAM, names that the network has.
    """
    task = explained.task
    scalar = question.scalar(explained)
    plans = []

    def add(method: str, name: str) -> None:
        asked = question.scalar(explained, name)
        what = name if method == "saliency" and name in ("a", "b", BOTH) else asked.title
        title = f"{TITLES[method]} for {what}"
        slope = f"{asked.unit} (summed) per {task.source_unit}"
        scale, unit, factor = {
            "integrated": ("integrated", f"{asked.unit} (summed)", 1.0),
            "occlusion": ("occlusion", asked.unit, 1.0),
        }.get(method, (f"{method}, {slope}", slope, task.source_scale))
        plans.append(MapPlan(method, what, title, name, scale, unit, _map_of(question, method, name), factor))

    for method in ("saliency", "smoothgrad", "integrated"):
        if method not in methods:
            continue
        planes = ("a", "b", BOTH) if task.keeps_lightness and method == "saliency" else ()
        for name in planes:
            add(method, name)
        if not planes or question.name not in ("chroma", *planes):
            add(method, question.name)
    for layer in layers if "gradcam" in methods else ():
        title = f"Grad-CAM at {layer} for {scalar.title}"
        of = _gradcam_of(question, layer)
        plans.append(MapPlan("gradcam", layer, title, question.name, f"gradcam {layer}", "no unit", of))
    if "occlusion" in methods:
        add("occlusion", question.name)
    return plans


def make_maps(
    explained: Explained,
    plans: Sequence[MapPlan],
    question: Question,
    source: Tensor,
    subject: tuple[np.ndarray, str],
    *,
    verify: bool = False,
    randomised: Sequence[Explained] = (),
    tick: Callable[[], None] = lambda: None,
) -> list[PictureMap]:
    """Make the maps of one picture.

    Args:
        explained: the model.
        plans: from `plan_maps`.
        question: what is asked.
        source: (1, C, H, W).
        subject: bool (H, W) and how it was found.
        verify: check each map.
        randomised: `pincel.explain.faithfulness.randomised_models` of the model.
        tick: called once a map, and once more when it is checked.
    """
    random: dict[str, list[Response]] = {}
    maps = []
    for plan in plans:
        values = plan.of(explained, source)
        scalar = question.scalar(explained, plan.scalar)
        tick()
        checks = None
        if verify:
            if plan.scalar not in random:
                random[plan.scalar] = random_responses(scalar, source)
            signed = SIGNED.get(plan.method) if scalar.parts == 1 else None
            checks = check_map(
                explained,
                plan.of,
                scalar,
                values,
                source,
                random=random[plan.scalar],
                randomised=randomised[:1] if plan.method in SLOW else randomised,
                slopes=signed and signed(scalar, source),
                perturbations=PERTURBATIONS // 2 if plan.method in SLOW else PERTURBATIONS,
            )
            tick()
        share, edges = subject_share(values, *subject), rank_correlation(values, edge_strength(source))
        words = (plan.method, plan.caption, plan.title, plan.scale, plan.unit)
        values = values / np.float32(plan.factor)
        maps.append(PictureMap(*words, values, scalar.unit, share, edges, checks))
    return maps


def edge_strength(source: Tensor) -> np.ndarray:
    """Length of the Sobel gradient of a source (1, C, H, W), all planes together, float32 (H, W)."""
    slopes = [cv2.Sobel(plane, cv2.CV_32F, *axes) for plane in source[0].numpy() for axes in ((1, 0), (0, 1))]
    return np.sqrt(np.sum(np.square(slopes), axis=0))


def _map_of(question: Question, method: str, name: str) -> MapOf:
    return lambda explained, source: MAPS[method](question.scalar(explained, name), source)


def _gradcam_of(question: Question, layer: str) -> MapOf:
    def of(explained: Explained, source: Tensor) -> np.ndarray:
        module = explained.require_network("'gradcam'").get_submodule(layer)
        return gradcam(question.scalar(explained), source, module)

    return of
