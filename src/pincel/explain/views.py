"""Pictures as the network sees them, regions in them, and a simple mask of their subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from pincel.errors import PincelError
from pincel.explain.explained import Explained
from pincel.imaging.bars import without_bars
from pincel.imaging.color import eight_bits, from_float
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.resize import fit_size, resize

__all__ = ["Region", "View", "parse_region", "real_picture", "subject_mask", "view_of", "view_of_picture"]

MARGIN = 0.08  # of each side: where a subject is not expected
SMALLEST_SUBJECT, LARGEST_SUBJECT = 0.15, 0.95  # of what is inside the margin; others are no likely subjects


@dataclass(frozen=True)
class Region:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    def mask(self, height: int, width: int) -> np.ndarray:
        """Bool (height, width)."""
        inside = np.zeros((height, width), bool)
        inside[self.y : self.y + self.height, self.x : self.x + self.width] = True
        return inside


@dataclass(frozen=True)
class View:
    """One picture as the network is shown it.

    Attributes:
        path: the file.
        rgb: uint8 (H, W, 3) at the size the network sees.
        source: float32 (C, H, W) in -1..1.
        shown: uint8 (H, W, 3), what the network is shown as a person would see it.
        region: the part that is asked about, in pixels of ``rgb``; None: everywhere.
    """

    path: Path
    rgb: np.ndarray
    source: np.ndarray
    shown: np.ndarray
    region: Region | None = None


def parse_region(text: str | None) -> Region | None:
    """``x,y,w,h`` in pixels of the picture as it is on disk.

    Raises:
        PincelError: it is not four whole numbers, or empty.

    >>> parse_region("10,20,30,40")
    Region(x=10, y=20, width=30, height=40)
    """
    if text is None:
        return None
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise PincelError(f"--region '{text}' is not x,y,width,height in whole pixels; as 40,30,64,64") from None
    if min(x, y) < 0 or min(width, height) < 1:
        raise PincelError(f"--region '{text}' is empty or begins outside the picture; as 40,30,64,64")
    return Region(x, y, width, height)


def view_of(path: Path, explained: Explained, size: int, region: Region | None = None) -> View:
    """Read a picture file and bring it to the network's size; see `view_of_picture`.

    Raises:
        PictureError: it cannot be read.
        PincelError: the region does not lie inside it.
    """
    return view_of_picture(read(path), explained, size, region, path)


def view_of_picture(
    picture: Picture, explained: Explained, size: int, region: Region | None = None, path: Path = Path("picture")
) -> View:
    """Bring a picture to the network's size.

    Args:
        picture: any, 8 or 16 bit sRGB. Black bars are cut off where painting leaves them too.
        explained: whose task and size multiple.
        size: long side in pixels; small pictures are enlarged as far as in colouring.
        region: in pixels of the picture, bars counted.
        path: where it came from: its name in reports and errors.

    Raises:
        PincelError: the region does not lie inside it.
    """
    pixels, card = eight_bits(picture.rgb()), explained.shown
    rows, columns = without_bars(pixels) if card.leaves_bars else (slice(0, picture.height), slice(0, picture.width))
    pixels = pixels[rows, columns]
    own_height, own_width = pixels.shape[:2]
    side = min(size, round(card.largest_enlargement * max(own_height, own_width)))
    multiple = explained.size_multiple
    height, width = (max(multiple, round(s / multiple) * multiple) for s in fit_size(own_height, own_width, side))
    if region:
        inside = replace(region, x=region.x - columns.start, y=region.y - rows.start)
        if min(inside.x, inside.y) < 0 or inside.x + inside.width > own_width or inside.y + inside.height > own_height:
            bars = (
                ""
                if pixels.shape[:2] == (picture.height, picture.width)
                else (f" between its black bars, from {columns.start},{rows.start} on")
            )
            raise PincelError(
                f"the region {region.x},{region.y},{region.width},{region.height} does not lie inside {path}, which "
                f"has {own_width} x {own_height} pixels{bars}; give x,y,width,height inside it"
            )
        region = inside
    source = explained.task.encode(explained.task.fit(pixels, height, width))
    shown = from_float(np.clip(explained.task.show(source), 0, 1))
    scaled = region and _scaled(region, height / own_height, width / own_width)
    return View(path, resize(pixels, height, width), source, shown, scaled)


def real_picture(explained: Explained, view: View, path: Path | None = None) -> np.ndarray | None:
    """What should have been painted, uint8 (H, W, 3) at the view's size; None when that is not known.

    Args:
        explained: whose task says what that is.
        view: of a colorizer, what was given, when it has colours.
        path: of any task, a file.

    Raises:
        PictureError: the file cannot be read.
    """
    if path is not None:
        return resize(eight_bits(read(path).rgb()), *view.rgb.shape[:2])
    has_colours = bool((view.rgb != view.rgb[..., :1]).any())
    return view.rgb if has_colours and explained.task.keeps_lightness else None


def subject_mask(view: View) -> tuple[np.ndarray, str]:
    """Bool (H, W), where the subject is, and how that was found.

    The region when one is given. Otherwise GrabCut (Rother et al. 2004) on the picture as given, told only that the
    outer 8 % of each side are background; specks are dropped, and where it finds less than 15 % or more than 95 % of
    the rest, the middle half of each side is taken.
    """
    height, width = view.rgb.shape[:2]
    if view.region is not None:
        return view.region.mask(height, width), "the given region"
    top, left = max(1, round(MARGIN * height)), max(1, round(MARGIN * width))
    labels = np.zeros((height, width), np.uint8)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    inside = (left, top, width - 2 * left, height - 2 * top)
    cut = cv2.grabCut(np.ascontiguousarray(view.rgb), labels, inside, *models, 5, cv2.GC_INIT_WITH_RECT)[0]
    found = ((cut == cv2.GC_FGD) | (cut == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    if SMALLEST_SUBJECT < mask.sum() / (inside[2] * inside[3]) < LARGEST_SUBJECT:
        return mask, "GrabCut, told that the outer 8 % are background"
    return Region(width // 4, height // 4, width // 2, height // 2).mask(height, width), "the middle half of each side"


def _scaled(region: Region, down: float, across: float) -> Region:
    x, y = int(region.x * across), int(region.y * down)
    width = max(1, round((region.x + region.width) * across) - x)
    height = max(1, round((region.y + region.height) * down) - y)
    return Region(x, y, width, height)
