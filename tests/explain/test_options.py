import pytest

from pincel.errors import PincelError
from pincel.explain.maps import MAPS
from pincel.explain.options import MAP_METHODS, ExplainOptions


def test_the_methods_that_give_a_map_are_those_that_can_make_one():
    assert {*MAP_METHODS} == {*MAPS, "gradcam"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"size": 1025}, "size 1025 is too large; give 1024 or less"),
        ({"sample": 0}, "sample 0 is too small"),
        ({"side": "train"}, "unknown side 'train'; known: test, val"),
    ],
)
def test_a_wrong_wish_is_one_sentence(given, sentence):
    with pytest.raises(PincelError, match=sentence):
        ExplainOptions(**given)
