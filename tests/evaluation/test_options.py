from pathlib import Path

import pytest

from pincel.errors import PincelError
from pincel.evaluation.options import EvaluateOptions, SaturateOptions
from pincel.evaluation.protocols import PROTOCOLS
from pincel.evaluation.saturate import GOALS
from pincel.options import options_of


def choices(kind, name):
    return {one.name: list(one.choices) for one in options_of(kind)}[name]


def test_what_can_be_chosen_is_what_there_is():
    assert sorted(choices(EvaluateOptions, "protocol")) == sorted(PROTOCOLS)
    assert choices(SaturateOptions, "goal") == list(GOALS)


@pytest.mark.parametrize("without", ["inception", "set_metrics"])
def test_weights_for_what_is_not_measured_are_a_mistake(without):
    assert EvaluateOptions(inception_weights=Path("x.pth")).inception
    with pytest.raises(PincelError, match="leave one out"):
        EvaluateOptions(inception_weights=Path("x.pth"), **{without: False})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"side": "excluded"}, "unknown side 'excluded'; known: test, train, val"),
        ({"limit": 0}, "limit 0 is too small; give 1 or more"),
        ({"size": 15}, "size 15 is too small; give 16 or more"),
    ],
)
def test_a_wrong_wish_is_one_sentence(given, sentence):
    with pytest.raises(PincelError, match=sentence):
        EvaluateOptions(**given)
