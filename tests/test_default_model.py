"""The embedded model on photos it never saw; its figures stand in docs/models/default.md."""

from pathlib import Path

import pytest

from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.options import EvaluateOptions

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "test_photos" / "colour"


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"needs the held-out photos in {PHOTOS}")
def test_the_default_paints_clearly_closer_to_the_real_colours_than_grey_and_about_as_colourful():
    options = EvaluateOptions(protocol="photo", set_metrics=False)
    figures = evaluate("default", [PHOTOS], options).row("default").figures
    assert figures["ciede2000_ratio_at"].value < 0.80
    assert figures["ciede2000_worst_at"].value < 1.65
    assert 0.7 < figures["colourfulness_ratio"].value < 1.1
