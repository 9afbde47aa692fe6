import errno
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PictureError
from pincel.imaging import write as writing
from pincel.imaging.metadata.block import Metadata, Resolution
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.write import OutputError, format_of, write

RGB = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
ALPHA = np.random.default_rng(1).integers(0, 256, (9, 13), np.uint8)


def encode(picture, file_format=None, quality=95):
    return writing.encode(picture, file_format, quality).data


@pytest.mark.parametrize("file_format", ["png", "tiff", "bmp"])
def test_lossless_formats_round_trip(file_format):
    assert (read(encode(Picture(RGB), file_format)).pixels == RGB).all()


@pytest.mark.parametrize("file_format", ["png", "tiff", "webp"])
def test_alpha_goes_with_the_picture(file_format):
    assert (read(encode(Picture(RGB, ALPHA), file_format)).alpha == ALPHA).all()


def test_16_bits_stay_16_bits_where_the_format_can_hold_them():
    deep, alpha = RGB.astype(np.uint16) * 200, ALPHA.astype(np.uint16) * 200
    for file_format in ("png", "tiff"):
        picture = read(encode(Picture(deep, alpha), file_format))
        assert (picture.pixels == deep).all()
        assert (picture.alpha == alpha).all()
    assert read(encode(Picture(deep), "jpeg")).pixels.dtype == np.uint8


def test_exif_and_resolution_are_kept():
    exif = Image.Exif()
    exif[0x010F] = "Leica"
    data = encode(Picture(RGB, metadata=Metadata(exif.tobytes()[6:], resolution=Resolution(300, 300)), format="JPEG"))
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    assert image.getexif()[0x010F] == "Leica"
    assert image.info["dpi"] == (300, 300)


def test_quality_changes_the_size_of_a_jpeg():
    assert len(encode(Picture(RGB, format="JPEG"), quality=20)) < len(encode(Picture(RGB, format="JPEG"), quality=95))


def test_an_unknown_format_becomes_jpeg_or_png_with_alpha():
    assert read(encode(Picture(RGB, format="PPM"))).format == "JPEG"
    assert read(encode(Picture(RGB, ALPHA, format="PPM"))).format == "PNG"


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(self, data):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        write(Picture(RGB), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_target_below_a_file_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match="cannot be written"):
        write(Picture(RGB), tmp_path / "file" / "a.png")


def test_a_tiff_keeps_what_describes_it_and_not_its_old_layout(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x8298] = "Leica", "A. Photographer"
    Image.fromarray(RGB[..., 0]).save(tmp_path / "a.tif", exif=exif, dpi=(300, 300), compression="tiff_lzw")
    grey = read(tmp_path / "a.tif")
    painted = read(encode(Picture(np.tile(RGB, (20, 20, 1)), metadata=grey.metadata, format="TIFF")))
    assert painted.pixels.shape == (180, 260, 3)
    kept = Image.Exif()
    kept.load(painted.metadata.exif)
    assert (kept[0x010F], kept[0x8298]) == ("Leica", "A. Photographer")
    assert painted.metadata.resolution == (300.0, 300.0, "inch")


@pytest.mark.parametrize(
    ("given", "alpha", "asked", "written"),
    [
        ("MPO", None, None, "jpeg"),
        ("TIFF", None, None, "tiff"),
        ("GIF", None, None, "jpeg"),
        ("GIF", ALPHA, None, "png"),
        ("PNG", None, "webp", "webp"),
    ],
)
def test_the_format_that_is_written_can_be_known_beforehand(given, alpha, asked, written):
    picture = Picture(RGB, alpha, format=given)
    assert format_of(picture, asked) == written
    assert Image.open(io.BytesIO(encode(picture, asked))).format == written.upper()
