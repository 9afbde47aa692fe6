from collections.abc import Sequence
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Literal

import pytest

from pincel.errors import PincelError
from pincel.options import Options, option, options_of


@dataclass(frozen=True, kw_only=True)
class Brush(Options):
    width: int | None = option(None, "In pixels.", low=1, high=64)
    hair: Literal["soft", "stiff"] = option("soft", "What it is made of.")
    pressure: float = option(0.5, "Of the hand.", low=0)
    colors: Sequence[str] = option((), "On it.")
    handle: str | Path | None = option(None, "Where it is kept.")
    maker: str = "python's alone"


def test_what_is_known_of_each_option_is_told_in_order():
    options = {one.name: one for one in options_of(Brush)}
    assert list(options) == ["width", "hair", "pressure", "colors", "handle"]
    assert (options["width"].kind, options["width"].low, options["width"].high) == (int, 1, 64)
    assert (options["hair"].kind, options["hair"].choices, options["hair"].default) == (str, ("soft", "stiff"), "soft")
    assert (options["colors"].kind, options["colors"].many, options["width"].many) == (str, True, False)
    assert (options["handle"].kind, options["handle"].text) == (str, "Where it is kept.")


def test_the_ends_of_a_range_belong_to_it_and_nothing_is_changed_later():
    brush = Brush(width=64, pressure=0)
    assert (brush.width, brush.hair) == (64, "soft")
    with pytest.raises(FrozenInstanceError):
        brush.width = 3


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"width": 0}, "width 0 is too small; give 1 or more"),
        ({"width": 65}, "width 65 is too large; give 64 or less"),
        ({"pressure": -0.1}, "pressure -0.1 is too small; give 0 or more"),
        ({"pressure": float("nan")}, "pressure nan is no finite number"),
        ({"pressure": float("inf")}, "pressure inf is no finite number"),
        ({"hair": "sotf"}, r"unknown hair 'sotf' \(did you mean 'soft'\?\); known: soft, stiff"),
    ],
)
def test_what_cannot_be_is_one_sentence(given, sentence):
    with pytest.raises(PincelError, match=sentence):
        Brush(**given)
