"""What pair folders are made of: A|B pictures, two folders, or photos and a transform; and which pairs that gives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pincel.data.pair_folders import COLOR, is_pair_folder
from pincel.data.source_target import TARGET, by_name, is_source_target
from pincel.errors import PincelError
from pincel.imaging.edges import EdgeFunction, SketchStyle
from pincel.imaging.find import pictures_below
from pincel.imaging.read import PICTURE_SUFFIXES

__all__ = [
    "Halves",
    "Origin",
    "PairJob",
    "PairPlan",
    "PairSettings",
    "Transform",
    "TwoFolders",
    "plan_of",
    "settings_of",
]


@dataclass(frozen=True)
class Halves:
    """A|B pictures: files and folders of them; A is the left half.

    Attributes:
        inputs: files and folders.
        direction: ``AtoB``: the left half is the source; ``BtoA``: the target.
    """

    inputs: Sequence[Path]
    direction: Literal["AtoB", "BtoA"] = "AtoB"


@dataclass(frozen=True)
class TwoFolders:
    """Pictures of the same relative names (but for the suffix) below two folders."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Transform:
    """Photos, the targets, and what makes their sources.

    Attributes:
        inputs: files and folders of photos.
        style: how sketches are drawn; None: the source is the photo's grey (Rec. 601).
        size: long side in pixels at which edges are looked for; None: each photo's own.
        edge_function: of the style ``hed``.
        weights: the file that it came from, to be noted.
    """

    inputs: Sequence[Path]
    style: SketchStyle | None = None
    size: int | None = None
    edge_function: EdgeFunction | None = None
    weights: Path | None = None


Origin = Halves | TwoFolders | Transform


class PairSettings(BaseModel):
    """How a pair folder was made: the content of ``pairs.json``.

    Attributes:
        how: what the pairs were made of.
        inputs: the files and folders; of two folders: the source's and the target's.
        direction: of A|B pictures: whether A, the left half, is the source or the target.
        transform: what made the sources out of the photos.
        style: how sketches were drawn.
        size: long side in pixels at which edges were looked for; None: each photo's own.
        weights: name of the file with HED's weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Literal["side by side", "two folders", "transform"]
    inputs: tuple[str, ...]
    direction: Literal["AtoB", "BtoA"] | None = None
    transform: str | None = None
    style: SketchStyle | None = None
    size: int | None = None
    weights: str | None = None


@dataclass(frozen=True)
class PairJob:
    """One pair to make: its relative name without suffix, and its files (both the same where a pair is one file)."""

    name: str
    source: Path
    target: Path


@dataclass(frozen=True)
class PairPlan:
    """The pairs to make, and what there can be no pair of -> why."""

    jobs: list[PairJob] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def plan_of(origin: Origin) -> PairPlan:
    """Which pairs there are to make.

    Raises:
        PincelError: an input is missing, or there is no pair at all.
    """
    if isinstance(origin, TwoFolders):
        return _matched(origin)
    for folder in origin.inputs:
        _require_one_side(folder)
    plan, found = PairPlan(), _named(origin.inputs)
    for name, paths in found.items():
        if len(paths) == 1:
            plan.jobs.append(PairJob(name, paths[0], paths[0]))
        else:
            plan.failures[name] = f"{paths[0]} and {paths[1]} have one name but for the suffix; rename one of them"
    if not found:
        where = ", ".join(map(str, origin.inputs))
        raise PincelError(f"there are no pictures in {where} (JPEG, PNG, TIFF, WebP, BMP are looked for)")
    return plan


def _matched(origin: TwoFolders) -> PairPlan:
    for folder in (origin.source, origin.target):
        if not folder.is_dir():
            raise PincelError(f"{folder} does not exist or is not a folder")
    sources, targets = by_name(origin.source), by_name(origin.target)
    plan = PairPlan()
    for name in sorted(sources.keys() | targets.keys()):
        mine, theirs = sources.get(name, []), targets.get(name, [])
        if len(mine) > 1 or len(theirs) > 1:
            first, second = (mine if len(mine) > 1 else theirs)[:2]
            plan.failures[name] = f"{first} and {second} have one name but for the suffix; rename one of them"
        elif not mine or not theirs:
            alone, other = (mine or theirs)[0], origin.target if mine else origin.source
            plan.failures[name] = f"{alone} has no partner in {other}"
        else:
            plan.jobs.append(PairJob(name, mine[0], theirs[0]))
    if not plan.jobs:
        raise PincelError(f"no picture in {origin.source} has a partner of its name in {origin.target}")
    return plan


def _require_one_side(folder: Path) -> None:
    """Refuse a folder whose pictures are both sides of pairs already."""
    for is_paired, side in ((is_source_target, TARGET), (is_pair_folder, COLOR)):
        if folder.is_dir() and is_paired(folder):
            raise PincelError(f"{folder} is a folder of pairs already; give one side of it, as {folder / side}")


def _named(inputs: Iterable[Path]) -> dict[str, list[Path]]:
    """Pictures by their relative name; those of several folders keep the folder's name."""
    inputs = list(inputs)
    several = sum(path.is_dir() for path in inputs) > 1
    found: dict[str, list[Path]] = {}
    for given in inputs:
        if given.is_dir():
            root = given.resolve().parent if several else given.resolve()
            for path in pictures_below(given):
                name = (given.resolve() / path.relative_to(given)).relative_to(root).with_suffix("").as_posix()
                found.setdefault(name, []).append(path)
        elif not given.exists():
            raise PincelError(f"{given} does not exist; check the name")
        elif given.suffix.lower() in PICTURE_SUFFIXES:
            found.setdefault(given.stem, []).append(given)
    return dict(sorted(found.items()))


def settings_of(origin: Origin) -> PairSettings:
    """How the pairs are made, as it is kept beside them."""
    if isinstance(origin, TwoFolders):
        return PairSettings(how="two folders", inputs=_absolute(origin.source, origin.target))
    inputs = _absolute(*origin.inputs)
    if isinstance(origin, Halves):
        return PairSettings(how="side by side", inputs=inputs, direction=origin.direction)
    if origin.style is None:
        return PairSettings(how="transform", inputs=inputs, transform="grey")
    weights = origin.weights.name if origin.weights else None
    return PairSettings(
        how="transform",
        inputs=inputs,
        transform=origin.style.method,
        style=origin.style,
        size=origin.size,
        weights=weights,
    )


def _absolute(*paths: Path) -> tuple[str, ...]:
    """Full paths as text that JSON can hold: names may not be UTF-8."""
    return tuple(os.fsencode(path.resolve()).decode(errors="replace") for path in paths)
