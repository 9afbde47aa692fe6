import hashlib
import re

import numpy as np
import pytest
import skimage.color
from PIL import Image

from pincel.data.exploration.file import AB_CENTRES, ab_shares, examine
from pincel.data.scan import PictureFile
from pincel.imaging.resize import Letterbox


def facts_of(path, **options):
    return examine(PictureFile(f"set/{path.name}", path, "set", **options))[0]


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


def test_a_photo_is_measured_as_scikit_image_measures_it(tmp_path, smooth_photo):
    rgb = smooth_photo(3, 40, 60)
    path = save(tmp_path / "a.png", rgb)
    facts, shares = examine(PictureFile("set/a.png", path, "set"))
    lab = skimage.color.rgb2lab(rgb)
    assert (facts.width, facts.height, facts.aspect) == (60, 40, 1.5)
    assert (facts.format, facts.mode, facts.suffix, facts.error) == ("PNG", "RGB", ".png", "")
    assert facts.bytes == path.stat().st_size
    assert facts.digest == hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    assert facts.mean_lab == pytest.approx(lab.mean((0, 1)), abs=0.4)
    chroma = np.hypot(lab[::2, ::2, 1], lab[::2, ::2, 2])
    assert facts.high_chroma == pytest.approx(np.percentile(chroma, 98), abs=0.6)
    assert not facts.grey
    assert not facts.pale
    assert shares.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("chroma", "grey", "pale"), [(0, True, False), (4, True, False), (7, False, True), (14, False, False)]
)
def test_grey_ends_at_5_and_pale_at_10_units_of_chroma(tmp_path, chroma, grey, pale):
    lab = np.full((20, 20, 3), (60, chroma, 0), np.float64)
    facts = facts_of(save(tmp_path / "a.png", np.rint(skimage.color.lab2rgb(lab) * 255).astype(np.uint8)))
    assert facts.high_chroma == pytest.approx(chroma, abs=0.7)
    assert (facts.grey, facts.pale) == (grey, pale)


@pytest.mark.parametrize(
    ("file_format", "name", "wrong"),
    [
        ("PNG", "a.jpg", True),
        ("JPEG", "a.png", True),
        ("GIF", "a.bmp", True),
        ("JPEG", "a.JPEG", False),
        ("TIFF", "a.tif", False),
        ("WEBP", "a.webp", False),
    ],
)
def test_a_name_that_ends_as_another_format_is_mislabelled(tmp_path, smooth_photo, file_format, name, wrong):
    facts = facts_of(save(tmp_path / name, smooth_photo(1), format=file_format))
    assert facts.format == file_format
    assert facts.mislabelled is wrong
    assert not facts.error


def test_16_bit_files_say_so(tmp_path):
    assert facts_of(save(tmp_path / "a.png", np.full((8, 8), 9000, np.uint16))).mode == "I;16"


def test_sizes_are_as_seen_upright(tmp_path, smooth_photo):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    facts = facts_of(save(tmp_path / "a.jpg", smooth_photo(1, 30, 50), exif=exif))
    assert (facts.width, facts.height) == (30, 50)


def test_the_padding_of_a_prepared_picture_is_not_measured(tmp_path):
    square = np.zeros((32, 32, 3), np.uint8)
    square[8:24] = (200, 30, 30)
    path = save(tmp_path / "a.png", square)
    facts = facts_of(path, box=Letterbox(top=8, left=0, height=16, width=32))
    red = skimage.color.rgb2lab(np.array([[[200, 30, 30]]], np.uint8))[0, 0]
    assert (facts.width, facts.height) == (32, 16)
    assert facts.mean_lab == pytest.approx(red, abs=0.6)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"hello", "not a picture"), (b"\x89PNG\r\n\x1a\nxx", "can be read|damaged")],
)
def test_what_cannot_be_read_is_a_fact_with_a_reason(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)
    facts, shares = examine(PictureFile("set/a.png", tmp_path / "a.png", "set"))
    assert re.search(reason, facts.error)
    assert facts.bytes == len(content)
    assert (facts.width, facts.high_chroma, facts.signature, shares) == (None, None, None, None)
    assert not facts.mislabelled
    assert not facts.grey


def test_a_cut_off_photo_still_tells_its_format(tmp_path, smooth_photo):
    path = save(tmp_path / "a.jpg", smooth_photo(1, 90, 90), quality=95)
    path.write_bytes(path.read_bytes()[:1500])
    facts = facts_of(path)
    assert "cut off" in facts.error
    assert facts.format == "JPEG"


def test_a_file_that_is_gone_is_a_fact_too(tmp_path):
    assert "cannot be read" in facts_of(tmp_path / "gone.jpg").error


def test_shares_of_the_ab_plane_are_counted_by_hand():
    lab = np.zeros((1, 4, 3), np.float32)
    lab[0, :, 1:] = [(0, 0), (4, -4), (31, -52), (500, -500)]  # two near grey, one far off, one outside: to the rim
    shares = ab_shares(lab)
    at = {int(value): place for place, value in enumerate(AB_CENTRES)}
    assert shares[at[0], at[0]] == 0.5
    assert shares[at[-50], at[30]] == 0.25
    assert shares[at[-110], at[110]] == 0.25
    assert np.count_nonzero(shares) == 3
