import json
import os
from pathlib import Path

import pytest

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.files import MARK
from pincel.training.run import Run

SPLIT = Split({"a/1": "train", "a/2": "val"}, {"a/1": 0, "a/2": 1})

STEP = {"kind": "step", "step": 1, "epoch": 0.5, "phase": 0, "loss_g": 2.5}
VALIDATION = {"kind": "validation", "step": 1, "epoch": 0.5, "loss": 0.1, "ciede2000": 9.5, "best": 9.5}


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
    rows = [STEP, VALIDATION | {"step": 2}, STEP | {"step": 3}]
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert list(run.rows()) == rows
    assert [row["step"] for row in run.rows("step")] == [1, 3]
    assert [row["step"] for row in run.rows("validation")] == [2]


def test_a_run_without_metrics_has_no_rows(run):
    assert list(run.rows()) == []


def test_a_row_that_was_cut_off_is_left_out(run):
    run.metrics.write_text(json.dumps(STEP) + '\n{"kind": "step", "st')
    assert list(run.rows()) == [STEP]


@pytest.mark.parametrize(
    "row",
    [
        "[]",
        "7",
        '{"kind": "step"}',
        '{"step": 1, "epoch": 1}',
        '{"kind": "step", "step": -5, "epoch": 1, "phase": 0}',
        '{"kind": "step", "step": 1, "epoch": 1, "phase": 0.5}',
        '{"kind": "step", "step": "1", "epoch": 1, "phase": 0}',
        '{"kind": "step", "step": 1, "epoch": 1, "phase": 0, "loss_g": "low"}',
        '{"kind": "validation", "step": 1, "epoch": 1}',
    ],
)
def test_a_row_of_another_shape_is_named_with_its_line(run, row):
    run.metrics.write_text(json.dumps(STEP) + "\n" + row + "\n")
    with pytest.raises(PincelError, match=r"metrics.jsonl, line 2, is no row of a training; remove that line, or put"):
        list(run.rows())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Expecting value"),
        (b'{"folders": ["/x"], "pl', "Unterminated"),
        (b"{\xff", "decode"),
        (b"[]", "dict"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"folders": "/x"}', "folders"),
        (b'{"training_pictures": "many"}', "training_pictures"),
        (b'{"training_hashes": ["xyz"]}', "xyz"),
        (b'{"folders": ["/x"]}', "it has no plan"),
        (b'{"plan": []}', "do not follow"),
        (b'{"plan": [5]}', "plan"),
        (b'{"plan": [{"start": 0}]}', "plan"),
    ],
)
def test_damaged_facts_are_named_with_what_to_do(run, content, why):
    (run.folder / "facts.json").write_bytes(content)
    with pytest.raises(PincelError, match=r"facts.json is damaged \(.*\); put a copy of the run back") as caught:
        run.plan()
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_note_of_pruning_that_is_damaged_is_named(run):
    assert run.pruned_from() is None
    run.pruning.write_text('{"of": "/runs/whole"}')
    assert run.pruned_from() == Run(Path("/runs/whole"))
    run.pruning.write_text("[]")
    with pytest.raises(PincelError, match=r"pruning.json is damaged"):
        run.pruned_from()


def test_a_run_is_empty_until_something_was_learnt(run, tmp_path):
    (run.folder / f".checkpoint.ckpt.{MARK}.tmp{os.getpid()}").touch()  # of a killed process
    assert run.is_empty
    assert Run(tmp_path / "nowhere").is_empty
    assert not Run(run.folder / "recipe.yaml").is_empty
    (run.folder / "notes.txt").touch()
    assert not run.is_empty


def test_a_run_that_begins_where_another_was_killed_keeps_nothing_of_it(run, tiny_recipe):
    for path in (run.folder / f".split.csv.{MARK}.tmp{os.getpid()}", run.start, run.pruning):
        path.touch()
    Run(run.folder).begin(tiny_recipe(generator={"weights": str(run.start)}), SPLIT, {})
    assert run.start.is_file()
    run.begin(tiny_recipe(), SPLIT, {})
    assert sorted(path.name for path in run.folder.iterdir() if not path.name.startswith(".")) == [
        "facts.json",
        "recipe.yaml",
        "samples",
        "split.csv",
    ]
