import io

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PictureError
from pincel.imaging.given import from_array, from_image, picture_of

GREY = np.add.outer(np.arange(12) * 9, np.arange(20) * 7).astype(np.uint8)
RGB = np.dstack([GREY, GREY // 2, 200 - GREY // 2])


@pytest.mark.parametrize(
    ("array", "pixels"),
    [
        (GREY, GREY),
        (GREY[..., None], GREY),
        (RGB, RGB),
        (GREY > 100, (GREY > 100) * np.uint8(255)),
        (RGB.astype(np.uint16) * 257, RGB.astype(np.uint16) * 257),
        ((RGB / 255).astype(np.float32), RGB.astype(np.uint16) * 257),
        (RGB / 255, RGB.astype(np.uint16) * 257),
        (RGB[::-1, ::2], RGB[::-1, ::2]),
    ],
)
def test_arrays_are_what_they_look_like(array, pixels):
    picture = from_array(array)
    assert picture.pixels.dtype == pixels.dtype
    assert np.abs(picture.pixels.astype(int) - pixels).max() <= (1 if array.dtype.kind == "f" else 0)


def test_a_fourth_plane_is_transparency():
    picture = from_array(np.dstack([RGB, GREY]))
    assert (picture.pixels == RGB).all()
    assert (picture.alpha == GREY).all()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 4, 2), np.uint8), "is no picture"),
        (np.zeros((0, 4), np.uint8), "not empty"),
        (np.zeros((2, 4, 4, 3), np.uint8), "is no picture"),
        (np.zeros((4, 4), np.int64), "not int64"),
        (np.zeros((4, 4), complex), "not complex128"),
        (np.full((4, 4), 255.0), "between 0 and 1, and these go from 255 to 255"),
        (np.full((4, 4), np.nan), "between 0 and 1"),
        (np.array(["a"]), "is no picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_our_words(array, words):
    with pytest.raises(PictureError, match=words):
        from_array(array)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "I;16"]
)
def test_pillow_images_of_every_mode_with_colours_are_taken(mode):
    if mode == "I;16":
        image = Image.fromarray(GREY.astype(np.uint16) * 257)
    elif mode == "LAB":
        image = Image.fromarray(np.dstack([GREY, GREY * 0, GREY * 0]), "LAB")
    elif mode == "F":
        image = Image.fromarray((GREY / 255).astype(np.float32))
    elif mode == "I":
        image = Image.fromarray(GREY.astype(np.int32) * 257)
    else:
        image = Image.fromarray(GREY).convert("RGB" if mode in ("HSV", "YCbCr", "CMYK") else "L").convert(mode)
    picture = from_image(image)
    assert picture.pixels.shape[:2] == GREY.shape
    values = picture.rgb() / (257 if picture.pixels.dtype == np.uint16 else 1)
    if mode not in ("1", "LAB"):
        assert np.abs(values - GREY[..., None]).max() <= 2


def test_a_path_bytes_and_an_open_file_are_one_picture(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    for given in (tmp_path / "a.png", str(tmp_path / "a.png"), data, bytearray(data), io.BytesIO(data)):
        assert (picture_of(given).pixels == RGB).all()
    with (tmp_path / "a.png").open("rb") as file:
        assert (picture_of(file).pixels == RGB).all()


@pytest.mark.parametrize("given", [None, 7, ["a.png"], io.StringIO("text")])
def test_anything_else_is_refused_in_our_words(given):
    with pytest.raises(PictureError, match="a picture is a path|open it with mode"):
        picture_of(given)


def test_a_cut_image_is_a_picture_error():
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)).save(buffer, "JPEG")
    with pytest.raises(PictureError, match="damaged or cut off"):
        from_image(Image.open(io.BytesIO(buffer.getvalue()[:1500])))


def test_an_opened_image_keeps_what_its_file_told():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Leica", 6
    buffer = io.BytesIO()
    Image.fromarray(RGB).save(buffer, "JPEG", exif=exif, dpi=(300, 300), comment=b"red album")
    picture = from_image(Image.open(io.BytesIO(buffer.getvalue())))
    assert picture.pixels.shape[:2] == (20, 12)
    assert picture.metadata.comments == (b"red album",)
    assert b"Leica" in picture.metadata.exif
    assert picture.metadata.orientation() == 1


def test_an_opened_tiff_keeps_its_depth_and_not_its_layout():
    buffer = io.BytesIO()
    Image.fromarray(GREY.astype(np.uint16) * 257).save(
        buffer, "TIFF", compression="tiff_lzw", tiffinfo={270: "Oma", 274: 6}
    )
    for image in (Image.open(buffer), Image.open(buffer)):
        picture = from_image(image)
        assert picture.pixels.shape == (20, 12)
        assert picture.pixels.dtype == np.uint16
        assert b"Oma" in picture.metadata.exif
        kept = Image.Exif()
        kept.load(picture.metadata.exif)
        assert not set(kept) & {256, 257, 258, 259, 273, 279}


@pytest.mark.parametrize("page", ["1", 1.0, True, None])
def test_a_page_is_a_whole_number(page):
    with pytest.raises(PictureError, match="a page is a whole number from 1"):
        picture_of(GREY, page)
