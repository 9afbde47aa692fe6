"""Pair folders out of what people have: A|B pictures, two folders, or photos and a transform.

The result is ``source/`` and ``target/`` with the same relative names (`pincel.data.source_target`), and ``pairs.json``
that says how it was made. What need not change is copied byte for byte; what is made is PNG.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from pincel.data.pair_origins import (
    Halves,
    Origin,
    PairJob,
    PairSettings,
    Transform,
    TwoFolders,
    plan_of,
    settings_of,
)
from pincel.data.source_target import SOURCE, TARGET, by_name
from pincel.errors import PictureError, PincelError
from pincel.files import write_atomically
from pincel.imaging.color import grey_rec601
from pincel.imaging.edges import draw_picture
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.write import OutputError, encode
from pincel.threads import in_order

__all__ = ["SETTINGS", "MadePairs", "make_pairs"]

SETTINGS = "pairs.json"


@dataclass(frozen=True)
class MadePairs:
    """What became of the pictures.

    Attributes:
        out: the pair folder.
        pairs: how many of the pairs asked for there are now.
        made: how many of them were made by this call; the others were there already.
        others: pairs that are there but come from none of the inputs; they are left alone.
        failures: what there is no pair of -> why.
    """

    out: Path
    pairs: int
    made: int
    others: int
    failures: dict[str, str]

    def lines(self) -> list[str]:
        """What a user wants to know."""
        pairs = "1 pair" if self.pairs == 1 else f"{self.pairs} pairs"
        parts = [f"{self.out}: {pairs}, {self.made} of them new" if self.made else f"{self.out}: {pairs}, nothing new"]
        if self.others:
            parts.append(f"{self.others} more that come from none of the inputs, left alone")
        if self.failures:
            parts.append(f"{len(self.failures)} left out:")
        return ["; ".join(parts)]


def make_pairs(
    origin: Origin,
    out: Path,
    *,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> MadePairs:
    """Make a pair folder; what is there already and no older than its pictures stays untouched.

    Files are whole or not there, so a stop at any moment does no harm and the next call goes on. Relative folders
    (classes) are kept. Pictures without a partner, of odd width, of different sizes, or that cannot be read are left
    out.

    Args:
        origin: what the pairs are made of.
        out: a new or empty folder, or one that was made in the same way.
        workers: pairs at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: an input is missing, there is no pair at all, or ``out`` holds something else.
        OutputError: ``out`` cannot be written; what is done stays.
    """
    plan, settings = plan_of(origin), settings_of(origin)
    _check_place(out, settings)
    failures, pairs, made = dict(plan.failures), 0, 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / SETTINGS, (settings.model_dump_json(indent=2, exclude_none=True) + "\n").encode())
        for job, outcome in in_order(lambda job: _make(job, origin, out), plan.jobs, workers, on_progress):
            if isinstance(outcome, str):
                failures[str(job.target)] = outcome
            else:
                pairs, made = pairs + 1, made + outcome
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or error
        raise OutputError(f"{out} cannot be written ({why}); what is done stays, run the same command again") from None
    if not pairs:
        raise PincelError(f"no pair could be made; the first reason: {next(iter(failures.values()))}")
    known = {job.name for job in plan.jobs}
    others = sum(name not in known for name in by_name(out / TARGET))
    return MadePairs(out, pairs, made, others, failures)


def _check_place(out: Path, settings: PairSettings) -> None:
    for given in settings.inputs:
        if out.resolve().is_relative_to(given):
            raise PincelError(f"{out} lies in {given}, which is an input; choose an -o outside of it")
    if out.exists() and not out.is_dir():
        raise PincelError(f"{out} is a file; name a folder with -o")
    if not out.is_dir() or all(path.name.startswith(".") for path in out.iterdir()):
        return
    if not (out / SETTINGS).is_file():
        raise PincelError(f"{out} holds other files; choose a new folder with -o")
    try:
        before = PairSettings.model_validate_json((out / SETTINGS).read_bytes())
    except ValidationError:
        raise PincelError(f"{out / SETTINGS} is not readable; choose a new folder with -o") from None
    ours, theirs = settings.model_dump(), before.model_dump()
    changed = next((name for name in ours if ours[name] != theirs[name]), None)
    if changed:
        raise PincelError(
            f"{out} was made in another way ({changed} {_said(theirs[changed])}, now {_said(ours[changed])}); "
            "choose a new folder with -o"
        )


def _said(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={content}" for name, content in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _make(job: PairJob, origin: Origin, out: Path) -> bool | str:
    """Whether the pair was made (False: it was there already), or why it could not be."""
    copied = not isinstance(origin, Halves)
    source = out / SOURCE / f"{job.name}{job.source.suffix if isinstance(origin, TwoFolders) else '.png'}"
    target = out / TARGET / f"{job.name}{job.target.suffix if copied else '.png'}"
    try:
        if _is_newer(source, job.source) and _is_newer(target, job.target):
            return False
        files = _files(job, origin)
    except PictureError as error:
        return str(error)
    except MemoryError:
        return f"{job.target} needs more memory than there is"
    for path, data in zip((source, target), files, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    return True


def _is_newer(made: Path, given: Path) -> bool:
    return made.is_file() and made.stat().st_mtime_ns >= given.stat().st_mtime_ns


def _files(job: PairJob, origin: Origin) -> tuple[bytes, bytes]:
    """The bytes of source and target."""
    data = _bytes(job.target)
    picture = read(data, name=str(job.target))
    if isinstance(origin, Transform):
        return _png(_sketch(picture, origin)), data
    if isinstance(origin, TwoFolders):
        other = _bytes(job.source)
        shown = read(other, name=str(job.source))
        sizes = [f"{p.width} x {p.height}" for p in (shown, picture)]
        if sizes[0] != sizes[1]:
            raise PictureError(f"{job.source} is {sizes[0]} px and {job.target} {sizes[1]} px; pairs are of one size")
        return other, data
    if picture.width % 2:
        raise PictureError(f"{job.target} is {picture.width} px wide: an odd width is not two pictures side by side")
    halves = [_png(_part(picture, side)) for side in (0, 1)]
    a, b = halves
    return (a, b) if origin.direction == "AtoB" else (b, a)


def _png(picture: Picture) -> bytes:
    return encode(picture, "png").data


def _sketch(picture: Picture, origin: Transform) -> Picture:
    if origin.style is None:
        grey = picture.pixels if picture.pixels.ndim == 2 else grey_rec601(picture.pixels)
        return Picture(grey)
    return Picture(draw_picture(picture, origin.style, origin.size, origin.edge_function))


def _part(picture: Picture, side: int) -> Picture:
    """The left (0) or right (1) half."""
    half = picture.width // 2
    columns = slice(side * half, (side + 1) * half)
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[:, columns])
    return replace(picture, pixels=np.ascontiguousarray(picture.pixels[:, columns]), alpha=alpha, metadata=Metadata())


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path} cannot be read ({error.strerror or error})") from None
    if not data:
        raise PictureError(f"{path} is empty (0 bytes); copy it again")
    return data
