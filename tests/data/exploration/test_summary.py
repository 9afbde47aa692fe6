from pathlib import Path

import pytest

from pincel.data.exploration.file import FileFacts
from pincel.data.exploration.summary import Spread, summarise
from pincel.data.scan import PictureFile


def fact(name: str, width=None, height=None, chroma=None, lab=None, error="", format="JPEG") -> FileFacts:
    file = PictureFile(f"set/{name}", Path(name), "set")
    return FileFacts(file, 100, name, format, "RGB", error, width, height, chroma, lab, None)


FACTS = [
    fact("a.jpg", 100, 50, 2.0, (50.0, 0.0, 0.0)),
    fact("b.png", 200, 200, 7.0, (70.0, 10.0, -4.0)),
    fact("c.jpg", 50, 100, 40.0, (60.0, 20.0, 10.0)),
    fact("d.jpg", error="cut off"),
]


def test_a_small_set_is_added_up_as_by_hand():
    total = summarise(FACTS, [0, 1, 0, None], {0: 2, 1: 1}, {"set/c.jpg"})
    assert (total.files, total.unreadable, total.readable) == (4, 1, 3)
    assert (total.grey, total.pale, total.mislabelled, total.copies) == (1, 1, 1, 1)
    assert (total.near_duplicates, total.scenes) == (2, 2)
    assert total.padding == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert total.mean_lab == pytest.approx((60, 10, 2))
    assert (total.width.min, total.width.max, total.width.median) == (50, 200, 100)
    assert total.aspect.mean == pytest.approx((2 + 1 + 0.5) / 3)


def test_a_class_counts_near_duplicates_that_lie_in_another_class():
    part = summarise(FACTS[:1], [0], {0: 2}, set())
    assert (part.near_duplicates, part.scenes) == (1, 1)


def test_a_class_without_a_readable_photo_has_no_figures():
    for facts, groups in ((FACTS[3:], [None]), ([], [])):
        part = summarise(facts, groups, {}, set())
        assert (part.readable, part.width, part.aspect, part.mean_lab, part.padding) == (0, None, None, None, None)


def test_the_deviation_is_the_sets_own():
    assert Spread.of([2, 4, 4, 4, 5, 5, 7, 9]).std == 2.0
    assert Spread.of([5]).std == 0.0
    assert Spread.of([]) is None
