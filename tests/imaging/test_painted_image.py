import copy
import io
import pickle

import numpy as np
import pytest
from PIL import Image

from pincel.imaging.metadata.block import Metadata, Resolution
from pincel.imaging.painted_image import as_image
from pincel.imaging.picture import Picture
from pincel.imaging.read import read

RGB = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)


def metadata_of_file() -> Metadata:
    exif = Image.Exif()
    exif[0x010F] = "Leica"
    resource = b"8BIM\x04\x04\0\0\0\0\0\6\x1c\x02\x78\0\1A"
    return Metadata(exif.tobytes()[6:], photoshop=resource, comments=(b"red album",), resolution=Resolution(300, 300))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_save_keeps_what_the_photo_told(tmp_path, suffix):
    as_image(Picture(RGB, metadata=metadata_of_file())).save(tmp_path / f"a{suffix}")
    metadata = read(tmp_path / f"a{suffix}").metadata
    assert b"Leica" in metadata.exif
    assert metadata.photoshop == metadata_of_file().photoshop
    assert metadata.resolution.per("inch") == pytest.approx((300, 300), abs=0.01)


def test_an_open_file_and_pillows_own_options_work_as_with_pillow():
    image = as_image(Picture(RGB, metadata=metadata_of_file()))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    assert b"Leica" in read(buffer.getvalue()).metadata.exif
    assert (read(buffer.getvalue()).pixels == RGB).all()
    small = io.BytesIO()
    image.save(small, "JPEG", quality=10, optimize=True)
    large = io.BytesIO()
    image.save(large, "JPEG")
    assert len(small.getvalue()) < len(large.getvalue())


def test_deep_pixels_become_eight_bits_and_transparency_stays():
    image = as_image(Picture(RGB.astype(np.uint16) * 257, RGB[..., 0].astype(np.uint16) * 257))
    assert image.mode == "RGBA"
    assert (np.asarray(image) == np.dstack([RGB, RGB[..., 0]])).all()


def test_it_is_a_pillow_image_in_every_other_way():
    image = as_image(Picture(RGB, metadata=metadata_of_file()))
    assert isinstance(image, Image.Image)
    assert image.resize((4, 4)).size == (4, 4)
    assert image.info["comment"] == b"red album"


OPTIONS = {
    "a.jpg": {"optimize": True},
    "a.png": {"compress_level": 1},
    "a.tif": {"compression": "tiff_lzw"},
    "a.webp": {"lossless": True},
}


@pytest.mark.parametrize(("name", "options"), OPTIONS.items())
def test_options_of_pillow_keep_the_metadata_too(tmp_path, name, options):
    as_image(Picture(RGB, metadata=metadata_of_file())).save(tmp_path / name, **options)
    with (tmp_path / f"open-{name}").open("wb") as file:
        as_image(Picture(RGB, metadata=metadata_of_file())).save(file)
    for path in (tmp_path / name, tmp_path / f"open-{name}"):
        metadata = read(path).metadata
        assert b"Leica" in metadata.exif
        assert metadata.comments in ((), (b"red album",))


def test_copies_can_be_saved():
    image = as_image(Picture(RGB, metadata=metadata_of_file()))
    for copied, keeps in (
        (image.copy(), True),
        (copy.deepcopy(image), False),
        (pickle.loads(pickle.dumps(image)), False),
    ):
        buffer = io.BytesIO()
        copied.save(buffer, "JPEG")
        assert (b"Leica" in (read(buffer.getvalue()).metadata.exif or b"")) == keeps
