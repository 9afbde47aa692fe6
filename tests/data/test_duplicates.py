import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pincel.data.duplicates import difference_hash, group_near_duplicates, signature


def bits_apart(a: int, b: int) -> int:
    return (a ^ b).bit_count()


def groups_of(pictures: list[np.ndarray]) -> list[int]:
    signs = [signature(rgb) for rgb in pictures]
    return group_near_duplicates(
        np.array([s.hash for s in signs], np.uint64), np.stack([s.thumbnail for s in signs])
    ).tolist()


def as_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def test_the_hash_of_a_hand_made_picture_is_as_worked_out_by_hand():
    # 8 rows of 9 cells; only row 0 rises, only between cells 0 and 1: the first of 64 bits
    cells = np.full((8, 9), 100, np.uint8)
    cells[0, 1:] = 120
    assert difference_hash(cells) == 1 << 63
    cells[7, 8] = 130  # and the last step of the last row: the last bit
    assert difference_hash(cells) == (1 << 63) + 1


def test_falling_and_flat_pictures_have_no_bits():
    assert difference_hash(np.tile(np.arange(90, 0, -1, dtype=np.uint8), (80, 1))) == 0
    assert difference_hash(np.full((20, 30), 77, np.uint8)) == 0


def test_the_hash_ignores_brightness(smooth_photo):
    rgb = smooth_photo(1) // 2
    assert bits_apart(difference_hash(rgb), difference_hash(rgb + 60)) <= 2


def test_the_thumbnail_holds_the_mean_colour_of_each_of_64_cells():
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    means = rgb.reshape(8, 4, 8, 4, 3).mean((1, 3)).reshape(-1)
    assert np.abs(signature(rgb).thumbnail - means).max() <= 0.51


def test_other_photos_are_far_apart_and_stay_alone(smooth_photo):
    assert groups_of([smooth_photo(i) for i in range(24)]) == list(range(24))


@pytest.mark.parametrize(
    "retouch",
    [
        lambda rgb: as_jpeg(rgb, 40),
        lambda rgb: cv2.resize(rgb, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA),
        lambda rgb: cv2.GaussianBlur(rgb, (3, 3), 0),
        lambda rgb: np.clip(rgb.astype(np.int16) + 4, 0, 255).astype(np.uint8),
    ],
    ids=["re-encoded", "smaller", "blurred", "lighter"],
)
def test_a_retouched_photo_joins_its_original(smooth_photo, retouch):
    original = smooth_photo(3, 80, 96)
    assert groups_of([original, smooth_photo(4), retouch(original)]) == [0, 1, 0]


def test_alike_shapes_in_other_colours_are_other_pictures():
    hashes = np.array([0, 0b11111111], np.uint64)  # 8 bits apart
    grey = np.full(192, 100, np.uint8)
    assert group_near_duplicates(hashes, np.stack([grey, grey + 15])).tolist() == [0, 0]
    assert group_near_duplicates(hashes, np.stack([grey, grey + 17])).tolist() == [0, 1]


def test_up_to_two_bits_apart_is_the_same_picture_in_any_colour():
    thumbnails = np.stack([np.zeros(192, np.uint8), np.full(192, 255, np.uint8)])
    assert group_near_duplicates(np.array([0, 0b11], np.uint64), thumbnails).tolist() == [0, 0]
    assert group_near_duplicates(np.array([0, 0b111], np.uint64), thumbnails).tolist() == [0, 1]


def test_more_than_sixteen_bits_apart_is_another_picture_even_in_the_same_colours():
    thumbnails = np.full((2, 192), 90, np.uint8)
    assert group_near_duplicates(np.array([0, 2**16 - 1], np.uint64), thumbnails).tolist() == [0, 0]
    assert group_near_duplicates(np.array([0, 2**17 - 1], np.uint64), thumbnails).tolist() == [0, 1]


def test_a_chain_of_alike_pictures_is_one_group():
    hashes = np.array([0, 0b11, 0b1111, 2**40 - 1], np.uint64)  # 2 bits a link; the ends are 4 apart
    thumbnails = np.stack([np.full(192, value, np.uint8) for value in (0, 80, 160, 240)])
    assert group_near_duplicates(hashes, thumbnails).tolist() == [0, 0, 0, 1]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=25),
    st.integers(1, 7),
)
def test_groups_are_those_of_a_plain_union_find_in_blocks_of_any_size(rows, block):
    hashes = np.array([(value if kind == 0 else 2**kind - 1) for value, _, kind in rows], np.uint64)
    thumbnails = np.stack([np.full(192, 12 * color, np.uint8) for _, color, _ in rows])
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i in range(len(rows)):
        for j in range(i):
            bits = bits_apart(int(hashes[i]), int(hashes[j]))
            alike = bits <= 2 or (bits <= 16 and abs(rows[i][1] - rows[j][1]) * 12 < 16)
            if alike:
                parent[max(root(i), root(j))] = min(root(i), root(j))
    roots = [root(i) for i in range(len(rows))]
    numbers = {r: number for number, r in enumerate(dict.fromkeys(roots))}
    assert group_near_duplicates(hashes, thumbnails, block).tolist() == [numbers[r] for r in roots]
