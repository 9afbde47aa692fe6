"""The sentence at the top says what the table says."""

import re

import pytest

from pincel.evaluation import evaluate
from pincel.evaluation.headline import headline, sentences


@pytest.mark.parametrize(
    ("ab", "sentence", "verdict"),
    [
        ((-30, 30), r"(9\d|100)% closer to the real ones than grey", None),
        ((30, -30), r"\d+% further from the real ones than grey", None),
        ((-10, 10), r"\d\d% closer to the real ones than grey", "looks too grey"),
        ((0, 0), "No clear difference", "looks too grey"),
        ((-38, 38), "closer", "looks too vivid"),
    ],
)
def test_the_headline_follows_the_interval(tiny_model, one_colour_photos, ab, sentence, verdict):
    evaluation = evaluate(tiny_model(ab=ab), [one_colour_photos], protocol="photo", size=48)
    assert re.search(sentence, headline(evaluation))
    if verdict:
        assert verdict in sentences(evaluation)[1]


def test_the_figures_in_the_sentences_are_the_tables(tiny_model, one_colour_photos):
    other = tiny_model(ab=(-20, 20), file="rival.onnx")
    evaluation = evaluate(tiny_model(ab=(-25, 25)), [one_colour_photos], protocol="photo", size=48, others=[other])
    first, _, last = sentences(evaluation)
    figures = evaluation.row("tiny").figures
    assert "Over 6 photos" in first
    assert f"{figures['ciede2000'].value:.2f}, against" in first
    assert f"{figures['ciede2000_ratio'].low:.3f}–{figures['ciede2000_ratio'].high:.3f}" in first
    assert last.startswith("rival, for comparison")
