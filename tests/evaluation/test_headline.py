"""The sentence at the top says what the table says."""

import re
from functools import partial

import pytest

from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.headline import headline, sentences, summary_lines
from pincel.evaluation.options import EvaluateOptions

quiet = partial(EvaluateOptions, set_metrics=False)


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
    evaluation = evaluate(tiny_model(ab=ab), [one_colour_photos], quiet(protocol="photo", size=48))
    assert re.search(sentence, headline(evaluation))
    if verdict:
        assert verdict in sentences(evaluation)[1]


def test_one_photo_gives_figures_but_no_verdict_and_no_interval(tiny_model, one_colour_photos, tmp_path):
    one = next(one_colour_photos.rglob("*.png"))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / one.name).write_bytes(one.read_bytes())
    evaluation = evaluate(tiny_model(ab=(-30, 30)), [tmp_path / "one"], quiet(protocol="photo", size=48))
    assert headline(evaluation) == "One photo says nothing about a model; measure 30 or more."
    assert "interval" not in " ".join(sentences(evaluation))


def test_the_figures_in_the_sentences_are_the_tables(tiny_model, one_colour_photos):
    other = tiny_model(ab=(-20, 20), file="rival.onnx")
    evaluation = evaluate(
        tiny_model(ab=(-25, 25)), [one_colour_photos], quiet(protocol="photo", size=48), others=[other]
    )
    first, _, last = sentences(evaluation)
    figures = evaluation.row("tiny").figures
    assert "Over 6 photos" in first
    assert f"{figures['ciede2000'].value:.2f}, against" in first
    assert f"{figures['ciede2000_ratio'].low:.3f}–{figures['ciede2000_ratio'].high:.3f}" in first
    assert last.startswith("rival, for comparison")


def test_the_terminal_gets_an_aligned_table_the_notes_and_what_was_skipped(tiny_model, one_colour_photos):
    (one_colour_photos / "oak" / "cut.png").write_bytes(b"")
    evaluation = evaluate(tiny_model(ab=(-25, 25)), [one_colour_photos], quiet(protocol="photo", size=48))
    lines = summary_lines(evaluation)
    assert lines[0] == headline(evaluation)
    header = next(line for line in lines if line.split() == ["grey", "tiny"])
    row = next(line for line in lines if line.split()[:1] == ["SSIM"])
    assert len(row) == len(header)
    assert row.split()[1:] == [f"{r.figures['ssim'].value:.4f}" for r in evaluation.rows]
    assert sum(line.startswith("Note: ") for line in lines) == len(evaluation.notes) == 2
    assert lines[-1].startswith("Skipped leaves/oak/cut.png: ")
