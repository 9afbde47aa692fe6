"""Which runs can be compared, and what is said when they cannot."""

import re

import numpy as np
import pytest

from pincel.comparison.runs import common_epochs, enter, recipe_differences
from pincel.errors import PincelError
from pincel.training.outputs import KeptOutputs
from pincel.training.recipe import Recipe


def refusal(*folders):
    with pytest.raises(PincelError) as error:
        contenders, _ = enter(folders)
        common_epochs(contenders)
    return str(error.value)


def test_runs_of_the_same_pictures_enter_with_their_folders_names(compared_run):
    contenders, pictures = enter([compared_run("base"), compared_run("small"), compared_run("tiny")])
    assert [contender.name for contender in contenders] == ["base", "small", "tiny"]
    assert pictures.keys[2] == "rose/2.jpg"
    assert common_epochs(contenders) == [100, 200, 300]


def test_equal_names_get_their_parents_in_front(compared_run):
    contenders, _ = enter([compared_run("monday/run"), compared_run("friday/run")])
    assert [contender.name for contender in contenders] == ["monday/run", "friday/run"]


def test_one_run_alone_is_refused(compared_run):
    assert "at least two runs" in refusal(compared_run("base"))


def test_a_run_is_not_compared_with_itself(compared_run, tmp_path):
    folder = compared_run("base")
    assert "is given twice" in refusal(folder, tmp_path / "base" / ".." / "base")


def test_a_folder_that_is_no_run_is_told(compared_run, tmp_path):
    (tmp_path / "photos").mkdir()
    assert "photos is not a run" in refusal(compared_run("base"), tmp_path / "photos")


def test_a_run_without_outputs_is_told_how_to_keep_them(compared_run):
    folder = compared_run("base")
    (folder / "outputs" / "pictures.npz").unlink()
    assert "validation.outputs=true" in refusal(folder, compared_run("small"))


def test_a_run_without_an_epoch_is_told(compared_run):
    assert "small kept no epoch yet" in refusal(compared_run("base"), compared_run("small", shifts=[]))


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"recipe": {"task": "sketch", "data": {"size": 16}}}, "task: colorize and sketch"),
        ({"recipe": {"data": {"size": 32}}}, "picture size in pixels: 16 and 32"),
        ({"recipe": {"data": {"size": 16, "fit": "square"}}}, "fit of the pictures: letterbox and square"),
        ({"facts": {"split_digest": "cd34"}}, "split: ab12 and cd34"),
        ({"pictures": {"keys": [f"rose/{n}.jpg" for n in (0, 1, 2, 3, 4, 9)]}}, "6 and 6, rose/5.jpg is in one only"),
        ({"pictures": {"keys": [f"rose/{n}.jpg" for n in (1, 0, 2, 3, 4, 5)]}}, "6 and 6, in another order"),
        ({"pictures": {"chosen": np.array([0, 1, 5])}}, "chosen pictures: rose/0.jpg, rose/2.jpg, ... and rose/0.jpg"),
        ({"pictures": {"target": np.zeros((6, 8, 8, 3), np.uint8)}}, "targets: 6 of 6 were prepared in another way"),
        ({"pictures": {"source": np.zeros((6, 8, 8, 3), np.uint8)}}, "inputs: 6 of 6 were prepared in another way"),
        ({"pictures": {"mask": np.zeros((6, 8, 8), np.uint8)}}, "padding: 6 of 6"),
        ({"pictures": {"target": np.zeros((6, 9, 9, 3), np.uint8)}}, "side of the kept pictures: 8 and 9 px"),
    ],
)
def test_the_difference_is_named(compared_run, changes, difference):
    message = refusal(compared_run("base"), compared_run("small", **changes))
    assert "base and small cannot be compared, they differ in" in message
    assert difference in message
    assert "\n" not in message


def test_sketches_drawn_otherwise_are_named_by_their_setting(compared_run):
    sketch = {"task": "sketch", "data": {"size": 16}}
    runs = [compared_run(method, recipe=sketch | {"sketch": {"method": method}}) for method in ("canny", "xdog")]
    assert "differ in sketch.method: canny and xdog" in refusal(*runs)


def test_only_epochs_of_all_runs_are_compared(compared_run):
    contenders, _ = enter([compared_run("base", shifts=[4, 3, 2, 1]), compared_run("small", shifts=[1, 1], first=2)])
    assert common_epochs(contenders) == [200, 300]


def test_runs_without_a_common_epoch_are_refused_with_what_they_kept(compared_run):
    message = refusal(compared_run("base"), compared_run("small", shifts=[1], first=7))
    assert "base: 1, 2, 3; small: 7" in message


def test_damaged_files_are_one_sentence(compared_run):
    base, small = compared_run("base"), compared_run("small")
    contenders, _ = enter([base, small])
    path = KeptOutputs.open(small).files()[1]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PincelError, match=f"{re.escape(str(path))} is damaged"):
        contenders[1].epoch(200)
    (small / "outputs" / "pictures.npz").write_bytes(b"PK")
    assert "pictures.npz is damaged" in refusal(base, small)


def test_a_strange_file_among_the_epochs_is_told(compared_run):
    base = compared_run("base")
    (base / "outputs" / "epoch-old.npz").write_bytes(b"")
    assert "epoch-old.npz is not the outputs of an epoch" in refusal(base, compared_run("small"))


def test_recipes_differ_where_they_say_something_else():
    base = Recipe.model_validate({"phases": [{"epochs": 2}], "seed": 1})
    other = Recipe.model_validate(
        {"phases": [{"epochs": 3}], "seed": 1, "generator": {"options": {"encoder_steps": 4}}}
    )
    found = {key: (ours, theirs) for key, ours, theirs in recipe_differences(base, other)}
    assert found.pop("phases.0.epochs") == (2, 3)
    assert found.pop("generator.options.encoder_steps") == (None, 4)
    assert set(found) <= {"generator.options"}


def test_what_phases_only_have_from_the_recipe_is_one_difference():
    phases = [{"epochs": 1}, {"epochs": 1, "batch": 5}]
    base = Recipe.model_validate({"data": {"batch": 4}, "losses": {"l1": 1}, "phases": phases})
    other = Recipe.model_validate({"data": {"batch": 8}, "losses": {"l1": 2}, "phases": [*phases, {"epochs": 3}]})
    found = recipe_differences(base, other)
    assert [one for one in found if not one[0].startswith("phases.2.")] == [("data.batch", 4, 8), ("losses.l1", 1, 2)]
    assert ("phases.2.epochs", None, 3) in found
    assert not [key for key, _, _ in found if key.startswith(("phases.2.losses", "phases.2.optimizer"))]
    own = Recipe.model_validate({"data": {"batch": 4}, "losses": {"l1": 1}, "phases": [{"epochs": 1, "batch": 6}]})
    assert ("phases.0.batch", 4, 6) in recipe_differences(base, own)
