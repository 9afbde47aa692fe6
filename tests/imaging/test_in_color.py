import sys
from pathlib import Path

import numpy as np
import pytest

import pincel
from pincel.imaging.in_color import in_color
from pincel.imaging.read import read

PHOTOS = [pincel.example(name) for name in ("astronaut", "cat", "coffee", "rocket")]
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))  # where toned prints are made
from in_color import cast, cyanotype, grey_of, hand_tinted, sepia, yellowed  # noqa: E402

TEST_PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "test_photos"


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
class TestPhotos:
    def test_a_colour_photo_is_in_colour(self, path):
        assert in_color(read(path).pixels)
        assert in_color(read(path).rgb().astype(np.uint16) * 257)

    @pytest.mark.parametrize("tone", [sepia, cyanotype, yellowed, cast])
    def test_a_toned_print_is_not(self, path, tone):
        assert not in_color(tone(grey_of(read(path).rgb())))

    def test_a_hand_tinted_print_is(self, path):
        assert in_color(hand_tinted(grey_of(read(path).rgb())))


def test_grey_and_tiny_pictures_are_not():
    assert not in_color(np.zeros((40, 40), np.uint8))
    assert not in_color(np.full((1, 1, 3), (9, 9, 10), np.uint8))


@pytest.mark.data
@pytest.mark.skipif(not TEST_PHOTOS.is_dir(), reason="the test photos are not beside the project")
def test_the_test_photos_are_told_apart():
    """All colour ones are in colour; sepia copies of them are not, nor any of the old photos."""
    photos = [read(path) for path in sorted((TEST_PHOTOS / "colour").iterdir())]
    assert all(in_color(photo.pixels) for photo in photos)
    copies = [sepia(grey_of(photo.rgb())) for photo in photos]
    assert not any(in_color(copy) for copy in copies)
    assert not any(in_color(read(path).pixels) for path in sorted((TEST_PHOTOS / "grey").iterdir()))
