import json

import pytest

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.training.run import Run

SPLIT = Split({"a/1": "train", "a/2": "val"}, {"a/1": 0, "a/2": 1})


@pytest.fixture
def run(tmp_path, tiny_recipe) -> Run:
    run = Run(tmp_path / "run")
    run.begin(tiny_recipe(seed=7), SPLIT, {"folders": ["/x"], "plan": []})
    return run


def test_what_was_begun_is_read_back(run, tiny_recipe):
    again = Run.open(run.folder)
    assert again.recipe() == tiny_recipe(seed=7)
    assert again.split() == SPLIT
    assert again.facts() == {"folders": ["/x"], "plan": []}
    assert again.samples.is_dir()


def test_a_run_is_opened_by_text_as_well(run):
    assert Run.open(str(run.folder)) == run


@pytest.mark.parametrize("missing", ["recipe.yaml", "facts.json"])
def test_a_folder_that_lacks_a_file_is_no_run(run, missing):
    (run.folder / missing).unlink()
    with pytest.raises(PincelError, match="is not a run"):
        Run.open(run.folder)


def test_a_folder_that_does_not_exist_is_no_run(tmp_path):
    with pytest.raises(PincelError, match="nowhere is not a run"):
        Run.open(tmp_path / "nowhere")


def test_facts_are_replaced_as_a_whole(run):
    run.update_facts({"only": 1})
    assert run.facts() == {"only": 1}


def test_rows_come_in_order_all_or_of_one_kind(run):
    rows = [{"kind": "step", "step": 1}, {"kind": "validation", "step": 2}, {"kind": "step", "step": 3}]
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert list(run.rows()) == rows
    assert [row["step"] for row in run.rows("step")] == [1, 3]
    assert [row["step"] for row in run.rows("validation")] == [2]


def test_a_run_without_metrics_has_no_rows(run):
    assert list(run.rows()) == []


def test_a_row_that_was_cut_off_is_left_out(run):
    run.metrics.write_text('{"kind": "step", "step": 1}\n{"kind": "step", "st')
    assert list(run.rows()) == [{"kind": "step", "step": 1}]
