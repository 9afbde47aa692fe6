"""Decode and resize every picture once, into one memory-mapped file that all later runs share.

A cache is a folder with ``pixels.u8`` (the RGB pixels of all pictures, one after the other) and ``table.npz``
(offsets, sizes, signatures, chroma). It is named after what went in, so it never goes stale; it is written to a
temporary name and renamed when whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pincel.data.duplicates import signature
from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PictureError, PincelError
from pincel.files import remove_leftovers, temporary_name
from pincel.imaging.color import rgb_to_lab
from pincel.imaging.resize import resize

__all__ = [
    "CACHE_SIDE",
    "GREY_CHROMA",
    "PictureCache",
    "build_cache",
    "cached_view",
    "default_cache_folder",
    "high_chroma",
]

VERSION = 3  # of what `read` and `cached_view` give
CACHE_SIDE = 160  # px, short side at which pictures are kept, hashed and measured unless a recipe says otherwise
GREY_CHROMA = 5.0  # finds 66 of natural_images and 77 of flowers, where people count 57 and 76
MAX_ASPECT = 2.0  # longer pictures are cut to this, in the middle: a panorama must not fill the cache


@dataclass(frozen=True)
class PictureCache:
    """Pictures resized to one short side, and what was measured while they were decoded.

    Attributes:
        files: the pictures that could be read, in order.
        failures: key -> why a picture could not be read.
        pixels: all RGB pixels, flat uint8, memory-mapped.
        offsets, heights, widths: where picture ``i`` lies in ``pixels``.
        hashes: uint64 difference hashes. thumbnails: uint8 (n, 192). chroma: the 98th percentile
            of each picture's chroma, in Lab units: under `GREY_CHROMA` the picture is grey for practical purposes.
    """

    files: Sequence[PictureFile]
    failures: dict[str, str]
    pixels: np.ndarray
    offsets: np.ndarray
    heights: np.ndarray
    widths: np.ndarray
    hashes: np.ndarray
    thumbnails: np.ndarray
    chroma: np.ndarray

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> np.ndarray:
        """The sRGB pixels, uint8 (H, W, 3) of picture ``index``."""
        height, width = int(self.heights[index]), int(self.widths[index])
        start = int(self.offsets[index])
        return np.asarray(self.pixels[start : start + height * width * 3]).reshape(height, width, 3)


def default_cache_folder() -> Path:
    """``$PINCEL_CACHE``, or ``~/.cache/pincel``."""
    return Path(os.environ.get("PINCEL_CACHE", Path.home() / ".cache" / "pincel"))


def build_cache(
    files: Sequence[PictureFile],
    side: int,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> PictureCache:
    """Open the cache of these pictures, making it first when it is not there.

    Args:
        files: what to cache.
        side: short side of the cached pictures in pixels; smaller pictures keep their size.
        folder: where caches live.
        workers: decoding threads; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: the cache cannot be written.
    """
    folder = (folder or default_cache_folder()) / _fingerprint(files, side)
    remove_leftovers(folder.parent)
    if not (folder / "table.npz").is_file():
        try:
            _write(files, side, folder, workers or os.cpu_count() or 1, on_progress or (lambda done, total: None))
        except OSError as error:
            raise PincelError(
                f"decoded pictures cannot be kept in {folder.parent} ({error.strerror or error}); name a folder with "
                "room for them in the environment variable PINCEL_CACHE"
            ) from None
    return _open(files, folder)


def _fingerprint(files: Sequence[PictureFile], side: int) -> str:
    digest = hashlib.blake2b(f"{VERSION} {side} {MAX_ASPECT}".encode(), digest_size=10)
    for file in files:
        stat = file.path.stat()
        box = f"|{file.box}" if file.box else ""
        digest.update(f"{file.key}|{file.path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}{box}\n".encode())
    return digest.hexdigest()


def _write(
    files: Sequence[PictureFile], side: int, folder: Path, workers: int, on_progress: Callable[[int, int], None]
) -> None:
    work = temporary_name(folder)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    kept, failed, sizes, hashes, thumbnails, chroma = [], [], [], [], [], []
    try:
        with (work / "pixels.u8").open("wb") as out, ThreadPoolExecutor(workers) as pool:
            for index, result in enumerate(pool.map(lambda file: _prepare(file, side), files)):
                if isinstance(result, str):
                    failed.append((index, result))
                else:
                    rgb, sign, chroma_98 = result
                    out.write(rgb.tobytes())
                    kept.append(index)
                    sizes.append(rgb.shape[:2])
                    hashes.append(sign.hash)
                    thumbnails.append(sign.thumbnail)
                    chroma.append(chroma_98)
                on_progress(index + 1, len(files))
        np.savez(
            work / "table.npz",
            kept=np.array(kept, np.int64),
            sizes=np.array(sizes, np.int64).reshape(-1, 2),
            hashes=np.array(hashes, np.uint64),
            thumbnails=np.array(thumbnails, np.uint8).reshape(-1, 192),
            chroma=np.array(chroma, np.float32),
            failed=np.array([index for index, _ in failed], np.int64),
            reasons=np.array([reason for _, reason in failed], np.str_),
        )
        work.rename(folder)
    except OSError:
        if not (folder / "table.npz").is_file():  # otherwise another program was faster, with the same result
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _prepare(file: PictureFile, side: int):  # -> (rgb, Signature, chroma) or the reason why not
    try:
        rgb = read_photo(file)
    except PictureError as error:
        return str(error)
    rgb = cached_view(rgb, side)
    return rgb, signature(rgb), high_chroma(rgb)


def cached_view(rgb: np.ndarray, side: int) -> np.ndarray:
    """A picture as the cache keeps it, and as its signature is taken: 8 bit, not too long, of one short side.

    Args:
        rgb: sRGB (H, W, 3), uint8 or uint16.
        side: short side in pixels; smaller pictures keep their size.
    """
    if rgb.dtype == np.uint16:
        rgb = (rgb >> 8).astype(np.uint8)
    height, width = rgb.shape[:2]
    longest = round(min(height, width) * MAX_ASPECT)
    top, left = max(0, height - longest) // 2, max(0, width - longest) // 2
    rgb = rgb[top : top + longest, left : left + longest]
    height, width = rgb.shape[:2]
    scale = min(1.0, side / min(height, width))
    return np.ascontiguousarray(resize(rgb, max(1, round(height * scale)), max(1, round(width * scale))))


def high_chroma(rgb: np.ndarray) -> float:
    """The 98th percentile of a picture's chroma in Lab units; under `GREY_CHROMA` the picture counts as grey."""
    ab = rgb_to_lab(rgb[::2, ::2])[..., 1:]
    return float(np.percentile(np.hypot(ab[..., 0], ab[..., 1]), 98))


def _open(files: Sequence[PictureFile], folder: Path) -> PictureCache:
    with np.load(folder / "table.npz") as table:
        kept, sizes = table["kept"], table["sizes"]
        lengths = sizes[:, 0] * sizes[:, 1] * 3
        offsets = (
            np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64) if len(kept) else np.zeros(0, np.int64)
        )
        pixels = np.memmap(folder / "pixels.u8", np.uint8, "r") if lengths.sum() else np.zeros(0, np.uint8)
        return PictureCache(
            [files[i] for i in kept],
            {files[i].key: str(reason) for i, reason in zip(table["failed"], table["reasons"], strict=True)},
            pixels,
            offsets,
            sizes[:, 0],
            sizes[:, 1],
            table["hashes"],
            table["thumbnails"],
            table["chroma"],
        )
