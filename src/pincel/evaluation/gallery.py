"""The pictures worth looking at: where the candidate is best, middling and worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pincel.data.scan import PictureFile, read_photo
from pincel.evaluation.evaluated_models import EvaluatedModel
from pincel.evaluation.labelling import OWN
from pincel.evaluation.protocols import Protocol
from pincel.evaluation.sources import paint_view
from pincel.evaluation.tables import PictureScores

__all__ = ["GalleryItem", "choose", "make_gallery"]


@dataclass(frozen=True)
class GalleryItem:
    """One picture to look at, without padding.

    Attributes:
        kind: ``best``, ``median`` or ``worst``.
        picture: its figures.
        shown, painted, real: uint8 sRGB (H, W, 3); what is shown is the baseline.
    """

    kind: str
    picture: PictureScores
    shown: np.ndarray
    painted: np.ndarray
    real: np.ndarray


def make_gallery(
    pictures: Sequence[PictureScores],
    files: Mapping[str, PictureFile],
    candidate: EvaluatedModel,
    protocol: Protocol,
    count: int,
    label: str = OWN,
    leading: str = "ciede2000",
) -> list[GalleryItem]:
    """Read and paint the chosen pictures again, so that measuring need not keep any.

    Args:
        pictures: all that were measured.
        files: where they lie, by key.
        candidate: who paints.
        protocol: as measured.
        count: pictures of each kind.
        label: as measured.
        leading: the figure that they are chosen by, less is better.
    """
    items = []
    for kind, picture in choose(pictures, candidate.name, count, leading):
        file = files[picture.key]
        view, found = paint_view(read_photo(file), file, protocol, [candidate], label)
        shown = (found.baseline, found.pictures[candidate.name], view.rgb)
        versions = (np.ascontiguousarray(view.photo(rgb)) for rgb in shown)
        items.append(GalleryItem(kind, picture, *versions))
    return items


def choose(
    pictures: Sequence[PictureScores], candidate: str, count: int, leading: str = "ciede2000"
) -> list[tuple[str, PictureScores]]:
    """Best, median and worst pictures by one of the candidate's figures, at most ``count`` of each and none twice.

    Args:
        pictures: all that were measured.
        candidate: its row name.
        count: of each kind.
        leading: the figure, less is better.

    Returns:
        (kind, picture), best first, worst last.
    """
    order = sorted(pictures, key=lambda picture: (picture.scores[candidate][leading], picture.key))
    count = min(count, max(1, len(order) // 3))
    middle = (len(order) - count) // 2
    places = {
        "best": range(count),
        "worst": range(len(order) - count, len(order)),
        "median": range(middle, middle + count),
    }
    kind_of: dict[int, str] = {}
    for kind, members in places.items():
        for place in members:
            kind_of.setdefault(place, kind)
    return [(kind_of[place], order[place]) for place in sorted(kind_of)]
