import pytest

from pincel.errors import ModelError, PincelError, join, pick


def test_an_unknown_name_lists_the_known_ones_in_order():
    with pytest.raises(ModelError, match=r"unknown model 'x'; known: a, b"):
        pick({"b": 1, "a": 2}, "x", "model", ModelError)
    assert pick({"b": 1, "a": 2}, "a", "model") == 2
    assert join({"b", "a"}) == "a, b"


def test_every_expected_failure_is_a_pincel_error():
    import pincel

    for kind in (pincel.ModelError, pincel.PictureError, pincel.RecipeError):
        assert issubclass(kind, PincelError)
