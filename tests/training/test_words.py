import json

import pytest

from pincel.data.split import Split
from pincel.training.run import Run
from pincel.training.words import said_of_end, said_of_gain


@pytest.fixture
def validated(tmp_path, tiny_recipe):
    """``validated((step, ciede2000), ...)`` -> a run with these validations."""

    def make(*found: tuple[int, float]) -> Run:
        run = Run(tmp_path / "run")
        run.begin(tiny_recipe(), Split({}, {}), {})
        rows = [
            {"kind": "validation", "step": step, "epoch": 0.5, "loss": 0.1, "ciede2000": value, "best": 1.0}
            for step, value in found
        ]
        run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return run

    return make


def test_a_run_that_became_no_better_than_its_start_says_so(validated):
    run = validated((0, 8.0), (5, 9.5), (10, 9.0))
    assert said_of_gain(run) == (
        f"{run.folder} gained nothing: ciede2000 was 8 at its start and 9 at best later, so best.safetensors is what "
        "it started from; try more photos, or a lower optimizer.lr"
    )


@pytest.mark.parametrize("found", [[], [(0, 8.0)], [(0, 8.0), (5, 9.5), (10, 7.9)], [(5, 8.0), (10, 9.0)]])
def test_a_run_that_gained_or_has_no_start_to_compare_with_says_nothing(validated, found):
    assert said_of_gain(validated(*found)) == ""


def test_a_finished_run_says_how_to_learn_more(validated):
    run = validated()
    assert "is finished (its 1,200 steps are done); to learn more, start another run" in said_of_end(run, 1200, 1200)
    assert "is finished (nothing improved any more at step 7)" in said_of_end(run, 7, 1200)
    assert f"generator.weights={run.weights('last')} --data FOLDER --out ANOTHER" in said_of_end(run, 7, 9)
