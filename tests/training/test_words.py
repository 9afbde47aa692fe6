import json

import pytest

from pincel.data.split import Split
from pincel.training.recipe import load_recipe
from pincel.training.run import Run
from pincel.training.words import kept_by_phases, said_of_end, said_of_gain


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["data.batch=8"],
            ["data.batch does not change all: phases 2, 3, 4 have their own batch; add phases.2.batch=8"],
        ),
        (
            ["data.batch=8", "phases.2.batch=8", "phases.4.batch=8"],
            ["data.batch does not change all: phase 3 has its own batch; add phases.3.batch=8"],
        ),
        (
            ["optimizer.lr=0.1", "data.workers=0", "phases.0.losses={l1: 1}"],
            [
                "optimizer.lr does not change all: phases 0, 1, 2, 3, 4 have their own optimizer; "
                "add phases.0.optimizer.lr=0.1"
            ],
        ),
        (
            ["losses.l1=1"],
            ["losses.l1 does not change all: phases 0, 3, 4 have their own losses; add phases.0.losses.l1=1"],
        ),
        (["data.cache_side=99"], []),
    ],
)
def test_a_change_that_some_phases_do_not_see_is_told_with_how_to_reach_them(overrides, said):
    assert list(kept_by_phases(load_recipe("colorize-lite", overrides), overrides)) == said


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
