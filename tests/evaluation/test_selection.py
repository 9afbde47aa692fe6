"""Which pictures are measured, and that all others are accounted for."""

from pathlib import Path

import pytest

from pincel.data.scan import PictureFile
from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.evaluation.selection import select

FILES = [PictureFile(f"{i:02}", Path(f"{i:02}.png"), "c") for i in range(20)]
SIDES = {f"{i:02}": "train" if i < 10 else "test" if i < 16 else "val" for i in range(18)}  # 18 and 19 are unknown
SPLIT = Split(SIDES, dict.fromkeys(SIDES, 0))


def keys(selection) -> list[int]:
    return [int(file.key) for file in selection.files]


def test_a_side_and_what_the_split_does_not_know():
    chosen = select(FILES, SPLIT, "test")
    assert keys(chosen) == [*range(10, 16), 18, 19]
    assert (chosen.found, chosen.foreign, chosen.left_out) == (20, 2, {"train": 10, "val": 2})


def test_strangers_can_be_left_out():
    chosen = select(FILES, SPLIT, "val", foreign_too=False)
    assert keys(chosen) == [16, 17]
    assert (chosen.foreign, chosen.left_out) == (0, {"test": 6, "train": 10, "unknown": 2})


def test_near_duplicates_of_training_pictures_can_be_left_out():
    groups = dict(zip(SIDES, range(18), strict=True)) | {"12": 3, "15": 14}  # 12 repeats 03, 15 its neighbour
    chosen = select(FILES, Split(SIDES, groups), "test", foreign_too=False, near_duplicates=False)
    assert keys(chosen) == [10, 11, 13, 14, 15]
    assert (chosen.repeated, chosen.left_out) == (0, {"near-duplicate": 1, "train": 10, "unknown": 2, "val": 2})
    assert select(FILES, Split(SIDES, groups), "test", foreign_too=False).repeated == 1
    safe = Split(SIDES, dict(zip(SIDES, range(18), strict=True)))
    assert select(FILES, safe, "test", near_duplicates=False) == select(FILES, safe, "test")


def test_without_a_split_all_are_strangers():
    chosen = select(FILES, None, "test")
    assert keys(chosen) == list(range(20))
    assert (chosen.foreign, chosen.left_out) == (20, {})


@pytest.mark.parametrize(
    ("limit", "expected"), [(1, [0]), (3, [0, 9, 19]), (20, list(range(20))), (99, list(range(20)))]
)
def test_a_limit_reaches_from_the_first_to_the_last(limit, expected):
    chosen = select(FILES, None, "test", limit=limit)
    assert keys(chosen) == expected
    assert chosen.foreign == len(expected)
    assert len(chosen.files) + sum(chosen.left_out.values()) == chosen.found


def test_wishes_that_leave_nothing_are_told():
    with pytest.raises(PincelError, match=r"none of the 10 pictures is on the test side .*found: 10 train"):
        select(FILES[:10], SPLIT, "test", foreign_too=False)
    with pytest.raises(PincelError, match="told by a split"):
        select(FILES, None, "test", near_duplicates=False)
    with pytest.raises(PincelError, match="none of the 20 pictures is on the test side .*6 near-duplicate"):
        select(FILES, SPLIT, "test", foreign_too=False, near_duplicates=False)
