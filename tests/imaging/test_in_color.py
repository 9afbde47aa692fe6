import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import pincel
from pincel.imaging.color import from_float, lab_to_rgb, rgb_to_lab
from pincel.imaging.in_color import in_color
from pincel.imaging.read import read

PHOTOS = [pincel.example(name) for name in ("astronaut", "cat", "coffee", "rocket")]
TEST_PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "test_photos"


def grey_of(path) -> np.ndarray:
    return cv2.cvtColor(read(path).rgb(), cv2.COLOR_RGB2GRAY).astype(np.float32)


def sepia(grey: np.ndarray) -> np.ndarray:
    return np.clip(np.dstack([grey * 1.07, grey * 0.94, grey * 0.75]), 0, 255).astype(np.uint8)


def cyanotype(grey: np.ndarray) -> np.ndarray:
    share = grey / 255
    return (255 * np.dstack([share**1.6 * 0.95, share**1.15 * 0.97, share**0.75])).clip(0, 255).astype(np.uint8)


def yellowed(grey: np.ndarray) -> np.ndarray:
    """Unevenly, with the noise of a scanner."""
    rng = np.random.default_rng(0)
    stain = cv2.resize(rng.random((4, 4)).astype(np.float32), grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
    paper = np.dstack([grey, grey * (0.97 - 0.05 * stain), grey * (0.85 - 0.15 * stain)])
    return np.clip(paper + rng.normal(0, 4, paper.shape), 0, 255).astype(np.uint8)


def cast(grey: np.ndarray) -> np.ndarray:
    """A scanner that is bluish in the lights and greenish in the shadows, as JPEG."""
    share = grey / 255
    stored = np.dstack([grey * 0.97, grey + 6 * (1 - share), grey * 0.98 + 5 * share]).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(stored).save(buffer, "JPEG", quality=90)
    return read(buffer.getvalue()).rgb()


def hand_tinted(grey: np.ndarray) -> np.ndarray:
    """Sepia with one pink cheek."""
    toned = sepia(grey)
    lab = rgb_to_lab(toned)
    height, width = grey.shape
    cheek = np.zeros((height, width), np.float32)
    cv2.ellipse(cheek, (width // 2, height // 3), (width // 12, height // 12), 0, 0, 360, 1, -1)
    cheek = cv2.GaussianBlur(cheek, (0, 0), width * 0.02)
    return from_float(lab_to_rgb(lab[..., 0].copy(), lab[..., 1:] + cheek[..., None] * np.array([14, 4], np.float32)))


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
class TestPhotos:
    def test_a_colour_photo_is_in_colour(self, path):
        assert in_color(read(path).pixels)
        assert in_color(read(path).rgb().astype(np.uint16) * 257)

    @pytest.mark.parametrize("tone", [sepia, cyanotype, yellowed, cast])
    def test_a_toned_print_is_not(self, path, tone):
        assert not in_color(tone(grey_of(path)))

    def test_a_hand_tinted_print_is(self, path):
        assert in_color(hand_tinted(grey_of(path)))


def test_grey_and_tiny_pictures_are_not():
    assert not in_color(np.zeros((40, 40), np.uint8))
    assert not in_color(np.full((1, 1, 3), (9, 9, 10), np.uint8))


@pytest.mark.data
@pytest.mark.skipif(not TEST_PHOTOS.is_dir(), reason="the test photos are not beside the project")
def test_the_test_photos_are_told_apart():
    """All colour ones are in colour; sepia copies of them are not, nor any of the old photos."""
    photos = [read(path) for path in sorted((TEST_PHOTOS / "colour").iterdir())]
    assert all(in_color(photo.pixels) for photo in photos)
    copies = [sepia(cv2.cvtColor(photo.rgb(), cv2.COLOR_RGB2GRAY).astype(np.float32)) for photo in photos]
    assert not any(in_color(copy) for copy in copies)
    assert not any(in_color(read(path).pixels) for path in sorted((TEST_PHOTOS / "grey").iterdir()))
