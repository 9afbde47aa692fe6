from types import SimpleNamespace

import numpy as np
import pytest

from pincel.explain.faithfulness import Checks, Response
from pincel.explain.gradcam import SubjectShare
from pincel.explain.picture_maps import PictureMap
from pincel.explain.report.summary import summarise
from pincel.explain.report.words import explanation_lines, findings


def a_map(mass, area=0.25, checks=None, title="Grad-CAM at gate for mean chroma"):
    share = SubjectShare(mass, area, "known")
    values = np.full((8, 8), 0 if np.isnan(mass) else 1, np.float32)
    return PictureMap("gradcam", "gate", title, "gradcam gate", "no unit", values, "Lab units", share, 0.25, checks)


def checks(untrained, **failures):
    curve = Response(np.zeros(9), np.zeros(9))
    return Checks(curve, curve, [0.0], None, 0.5, untrained, failures)


def explanation(*maps):
    pictures = [SimpleNamespace(maps=[one]) for one in maps]
    return SimpleNamespace(pictures=pictures, classes=None, failed=[])


def test_shares_are_means_over_pictures_and_empty_maps_have_none():
    (one,) = summarise(explanation(a_map(0.5), a_map(0.25), a_map(float("nan"))))
    assert (one.pictures, one.empty) == (3, 1)
    assert (one.mass, one.area, one.times) == pytest.approx((0.375, 0.25, 1.5))
    assert one.interval is None  # of two pictures it would say nothing


def test_five_pictures_have_an_interval():
    (one,) = summarise(explanation(*(a_map(0.25 * times) for times in (1, 1, 2, 3, 3))))
    assert one.times == pytest.approx(2)
    assert 1 <= one.interval[0] < 2 < one.interval[1] <= 3


def test_each_failure_is_counted():
    (one,) = summarise(
        explanation(
            a_map(0.5, checks=checks(0.8, weights="no", order="no")),
            a_map(0.5, checks=checks(0.6, weights="no")),
            a_map(0.5, checks=checks(-0.2)),
        )
    )
    assert (one.checked, one.believed) == (3, 1)
    assert one.failed == {"empty": 0, "order": 1, "weights": 2, "unsteady": 0}
    assert one.untrained == pytest.approx(0.4)


def test_maps_of_a_file_have_no_shuffled_weights():
    (one,) = summarise(explanation(a_map(0.5, checks=checks(None))))
    assert one.untrained is None


def test_the_terminal_says_which_maps_fail():
    found = explanation(a_map(0.5, checks=checks(0.8, weights="no")), a_map(0.5, checks=checks(0.1)))
    assert findings(found)[0] == (
        "Grad-CAM at gate for mean chroma puts 50% of its mass on the subject, that is 25% of the picture: 2.00 times "
        "an even map, mean of 2 pictures; rank correlation with edges 0.25."
    )
    assert findings(found)[1] == "1 of 2 checked maps pass all checks; 1 must not be relied on, each says why."
    lines = [line for line in _lines(found) if "can be believed" in line]
    assert lines == [
        "Grad-CAM at gate for mean chroma: 1 of 2 can be believed (follows the picture in 1); rank correlation with "
        "shuffled weights 0.45, sensitivity 0.50"
    ]


def _lines(found):
    scalar = SimpleNamespace(title="mean chroma", unit="Lab units")
    for picture in found.pictures:
        picture.label, picture.scalar, picture.value = "cat", scalar, 12.0
        picture.view = SimpleNamespace(path=SimpleNamespace(name="a.png"))
    return explanation_lines(found)
