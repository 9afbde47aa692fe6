"""Photos of iPhones, read with the extra ``heic``."""

import builtins
import io

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PictureError
from pincel.imaging.read import read
from pincel.imaging.write import encode, format_of

pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
GREY = np.add.outer(np.arange(64), np.arange(96) * 2).clip(0, 255).astype(np.uint8)


def heic(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Apple", orientation
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(Image.fromarray(GREY).convert("RGB"))
    file.save(buffer, quality=95, exif=exif.tobytes())
    return buffer.getvalue()


def test_pixels_and_metadata_are_there_and_results_are_jpeg():
    picture = read(heic())
    assert picture.format == "HEIF"
    assert np.abs(picture.rgb().astype(int) - GREY[..., None]).mean() < 2
    assert format_of(picture) == "jpeg"
    assert b"Apple" in read(encode(picture).data).metadata.exif


def test_orientation_is_not_applied_twice():
    """libheif turns the picture; what EXIF says beside does not count (ISO/IEC 23008-12)."""
    picture = read(heic(orientation=6))
    assert picture.metadata.orientation() == 1
    shown = pillow_heif.open_heif(heic(orientation=6))
    assert (picture.width, picture.height) == shown.size


def test_deep_ones_keep_their_depth():
    deep = np.repeat((GREY.astype(np.uint16) * 257)[..., None], 3, 2)
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (96, 64), deep.tobytes()).save(buffer, quality=-1)
    picture = read(buffer.getvalue())
    assert picture.pixels.dtype == np.uint16
    assert np.abs(picture.rgb().astype(int) - deep).mean() < 600


def test_a_cut_file_is_damaged():
    with pytest.raises(PictureError, match="damaged or cut off"):
        read(heic()[:700], name="a.heic")


def test_without_the_extra_it_is_told_what_it_is_and_what_to_install(monkeypatch):
    load = builtins.__import__

    def without(name, *rest):
        if name == "pillow_heif":
            raise ModuleNotFoundError("No module named 'pillow_heif'", name=name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PictureError, match=r"a.heic is an iPhone photo \(HEIC\); install .*heic.* or "):
        read(heic_file := b"\0\0\0\x18ftypheic" + bytes(100), name="a.heic")
    assert heic_file
