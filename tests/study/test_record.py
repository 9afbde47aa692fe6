import json

import pytest
import yaml

from pincel.errors import PincelError
from pincel.study.record import FAILED, Budget, Study, Trial
from pincel.study.space import Misfit


def test_a_study_is_read_as_it_was_written(made_study):
    study = made_study([(1e6, 0.5), (2e6, 0.4)])
    study.misfits.append(Misfit("depth9", {"depth": 9}, "too deep"))
    study.trials.append(Trial("broken", {"width": 9, "norm": "none"}, 5, 6, status=FAILED, reason="no memory"))
    study.save()
    assert Study.open(study.folder) == study


def test_what_is_not_a_number_is_written_as_nothing(made_study):
    study = made_study([(1e6, float("nan"))])
    study.save()
    assert json.loads(study.file.read_text())["trials"][0]["quality"]["lite0_distance"]["value"] is None
    assert Study.open(study.folder).trials[0].figure("lite0_distance") != 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "search"}, "another purpose \\(grid\\)"),
        ({"folders": ["/other"]}, "other data"),
        ({"budget": Budget(epochs=3)}, "another budget \\(1 min each\\)"),
        ({"recipe_yaml": "task: paired"}, "another recipe"),
        ({"axes": {"depth": [1]}}, "other axes \\(norm, width\\)"),
    ],
)
def test_a_folder_is_gone_on_with_only_by_the_same_study(made_study, changes, message):
    made_study([(1e6, 0.5)]).save()
    wanted = made_study([(1e6, 0.5)], **changes)
    with pytest.raises(PincelError, match=message):
        Study.begin(wanted)


def test_a_study_that_was_begun_with_the_old_keys_is_the_same_study(made_study):
    wanted = made_study([(1e6, 0.5)])
    before = yaml.safe_load(wanted.recipe_yaml)
    before["losses"]["adversarial_kind"] = before["discriminator"].pop("adversarial_kind")
    before["phases"] = [phase | {"size": None, "losses": None, "optimizer": None} for phase in before["phases"]]
    made_study([(1e6, 0.5)], recipe_yaml=yaml.safe_dump(before)).save()
    assert Study.begin(wanted).recipe_yaml == yaml.safe_dump(before)


def test_a_grid_may_grow_new_values(made_study):
    made_study([(1e6, 0.5)]).save()
    wanted = made_study([(1e6, 0.5)], axes={"width": [0, 1, 2], "norm": ["batch", "none"]})
    study = Study.begin(wanted)
    assert len(study.trials) == 1
    assert study.axes["width"] == [0, 1, 2]


def test_a_folder_of_something_else_is_left_alone(made_study, tmp_path):
    study = made_study([(1e6, 0.5)])  # its folder holds pictures, and no study.json
    with pytest.raises(PincelError, match="exists already and is no study"):
        Study.begin(study)


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "grid"}', '{"trials": [{"nam": 1}]}'])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(PincelError, match=r"study\.json is damaged"):
        Study.open(tmp_path)


def test_a_folder_without_a_study_says_how_to_make_one(tmp_path):
    with pytest.raises(PincelError, match="`pincel study grid` makes one"):
        Study.open(tmp_path)
