"""The pages of a TIFF file: which of them are photos, and how the pixels of one are stored (TIFF 6.0)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pincel.errors import PictureError
from pincel.imaging.metadata.ifd import Block, Directory, Layout, chain, directory, layout, numbers

__all__ = ["Page", "Pages", "pages_of"]

NEW_SUBFILE_TYPE, SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 256, 257, 258, 259, 262
SAMPLES, MAX_SAMPLE, PLANAR, SUB_IFDS, INK_SET, EXTRA, SAMPLE_FORMAT, S_MIN, S_MAX = (
    *(277, 281, 284, 330, 332, 338, 339, 340, 341),
)
DNG_VERSION = 50706
PREVIEW, MASK = 1, 4  # bits of NewSubfileType
MUCH_SMALLER = 16  # times fewer pixels: a first page that is, is a preview of another
COLORS = {0: "grey", 1: "grey", 2: "rgb", 3: "palette", 5: "cmyk", 6: "ycbcr", 8: "lab", 9: "icclab"}
OF_RAW_FILES = (32803, 34892)  # photometric: colour filter array, linear raw
EXTRA_MEANINGS = {1: "premultiplied", 2: "alpha"}


@dataclass(frozen=True)
class Page:
    """How the pixels of one page are stored.

    Attributes:
        number: of its directory, from 0.
        directory: all its tags.
        color: ``grey``, ``rgb``, ``palette``, ``cmyk``, ``ycbcr``, ``lab``, ``icclab``.
        bits: of a sample.
        samples: of a pixel.
        extra: what the samples after the colours are: ``alpha``, ``premultiplied``, ``other`` (infrared, a selection).
        compression: TIFF's number.
        is_float: whether samples are floating point.
        is_planar: whether each plane lies by itself.
        inverted: whether 0 is white.
        white: the value of white where the file tells that it is not the largest that fits.
        limits: smallest and largest value where the file tells them.
        refusal: why it cannot be read, or nothing.
    """

    number: int
    directory: Directory
    color: str
    width: int
    height: int
    bits: int
    samples: int
    extra: tuple[str, ...]
    compression: int
    is_float: bool
    is_planar: bool
    inverted: bool
    white: int | None
    limits: tuple[float, float] | None
    refusal: str = ""


@dataclass(frozen=True)
class Pages:
    """The photos in a TIFF file, how to read its directories, and what was passed over."""

    where: Layout
    photos: tuple[Page, ...]
    note: str = ""


def pages_of(block: Block, name: str) -> Pages:
    """Find the photos: previews and masks are none.

    Args:
        block: the file.
        name: how errors call it.

    Raises:
        PictureError: its directories cannot be read, or it is a camera's raw file.
    """
    try:
        where = layout(block)
        directories = list(chain(block, where))
        sizes = [_size(found, where) for found in directories]
    except ValueError as error:
        raise PictureError(f"{name} is damaged or cut off ({error}); copy it again") from None
    if _is_raw(block, where, directories):
        raise PictureError(
            f"{name} is a camera's raw file, not a picture that can be read; "
            "develop it with the camera's program and give the TIFF or JPEG"
        )
    kinds = [_subfile_type(found, where) for found in directories]
    kept = [i for i, kind in enumerate(kinds) if not kind & (PREVIEW | MASK) and math.prod(sizes[i])]
    note = ""
    if len(kept) > 1 and math.prod(sizes[kept[0]]) * MUCH_SMALLER <= max(math.prod(sizes[i]) for i in kept[1:]):
        width, height = sizes[kept[0]]
        note = f"its first page ({width} x {height}) is a preview and was passed over"
        kept = kept[1:]
    if not kept:
        kept = [max(range(len(sizes)), key=lambda i: math.prod(sizes[i]))]
    return Pages(where, tuple(_page(i, directories[i], where, name) for i in kept), note)


def _page(number: int, found: Directory, where: Layout, name: str) -> Page:
    def value_of(tag: int, default: int) -> int:
        values = numbers(found.entries.get(tag), where.order)
        return int(values[0]) if values and math.isfinite(values[0]) else default

    photometric = value_of(PHOTOMETRIC, 1)
    color, refusal = COLORS.get(photometric, ""), ""
    if not color:
        refusal = f"{name} keeps its colours in a way that cannot be read (photometric {photometric}); {RESAVE}"
    if color == "cmyk" and (value_of(INK_SET, 1) != 1 or value_of(SAMPLES, 4) < 4):
        refusal = f"{name} keeps its colours as special inks, which cannot be read; {RESAVE}"
    bits = numbers(found.entries.get(BITS), where.order) or (1,)
    samples = value_of(SAMPLES, 1)
    colors = {"grey": 1, "palette": 1, "cmyk": 4}.get(color, 3)
    meanings = numbers(found.entries.get(EXTRA), where.order)
    extra = tuple(EXTRA_MEANINGS.get(int(value), "other") for value in meanings[: max(0, samples - colors)])
    extra += ("other",) * (samples - colors - len(extra))
    sample_format = value_of(SAMPLE_FORMAT, 1)
    limits = [numbers(found.entries.get(tag), where.order)[:1] for tag in (S_MIN, S_MAX)]
    largest = value_of(MAX_SAMPLE, 0)
    width, height = _size(found, where)
    return Page(
        number,
        found,
        color,
        width,
        height,
        int(max(bits)),
        samples,
        extra,
        value_of(COMPRESSION, 1),
        is_float=sample_format == 3,
        is_planar=value_of(PLANAR, 1) == 2,
        inverted=photometric == 0,
        # the tag is meant for statistics: only the white of a known number of bits is believed
        white=largest if largest in {2**n - 1 for n in range(9, 16)} else None,
        limits=(limits[0][0], limits[1][0]) if limits[0] and limits[1] and limits[0][0] < limits[1][0] else None,
        refusal=refusal,
    )


RESAVE = "save it as an 8- or 16-bit grey or RGB TIFF, or as PNG"


def _size(found: Directory, where: Layout) -> tuple[int, int]:
    width, height = (numbers(found.entries.get(tag), where.order)[:1] for tag in (WIDTH, HEIGHT))
    return (int(width[0]), int(height[0])) if width and height else (0, 0)


def _subfile_type(found: Directory, where: Layout) -> int:
    kind = numbers(found.entries.get(NEW_SUBFILE_TYPE), where.order)
    old = numbers(found.entries.get(SUBFILE_TYPE), where.order)
    return int(kind[0]) if kind else PREVIEW if old and old[0] == 2 else 0


def _is_raw(block: Block, where: Layout, directories: list[Directory]) -> bool:
    below = [place for found in directories for place in numbers(found.entries.get(SUB_IFDS), where.order)[:16]]
    found = list(directories)
    for place in below:
        try:
            found.append(directory(block, int(place), where))
        except ValueError:
            continue
    meanings = [numbers(one.entries.get(PHOTOMETRIC), where.order)[:1] for one in found]
    return DNG_VERSION in directories[0].entries or any(value and value[0] in OF_RAW_FILES for value in meanings)
