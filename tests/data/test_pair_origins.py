import json

import pytest
from PIL import Image

from pincel.data.pair_origins import Halves, PairSettings, Transform, TwoFolders, plan_of, settings_of
from pincel.errors import PincelError
from pincel.imaging.edges import SketchStyle


@pytest.fixture
def pictures(tmp_path):
    """``pictures("a/x.png", "a/y.jpg")`` -> their paths; tiny pictures."""

    def make(*names):
        paths = [tmp_path / name for name in names]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 4)).save(path)
        return paths

    return make


def test_a_pair_is_named_as_its_file_lies_below_the_folder(pictures, tmp_path):
    pictures("set/roses/one.png", "set/two.jpg")
    plan = plan_of(Halves([tmp_path / "set"]))
    assert [(job.name, job.source.name) for job in plan.jobs] == [("roses/one", "one.png"), ("two", "two.jpg")]
    assert all(job.source == job.target for job in plan.jobs)


def test_of_several_folders_the_name_begins_with_the_folder(pictures, tmp_path):
    pictures("a/one.png", "b/one.png")
    plan = plan_of(Transform([tmp_path / "a", tmp_path / "b"]))
    assert [job.name for job in plan.jobs] == ["a/one", "b/one"]
    assert not plan.failures


def test_single_files_go_by_their_own_name_and_other_files_are_passed_over(pictures, tmp_path):
    (picture,) = pictures("deep/down/one.png")
    (tmp_path / "notes.txt").write_text("no picture")
    assert [job.name for job in plan_of(Halves([picture, tmp_path / "notes.txt"])).jobs] == ["one"]


def test_two_files_of_one_name_make_no_pair_and_both_are_named(pictures, tmp_path):
    pictures("set/one.png", "set/one.jpg", "set/two.png")
    plan = plan_of(Halves([tmp_path / "set"]))
    assert [job.name for job in plan.jobs] == ["two"]
    assert "one.jpg" in plan.failures["one"]
    assert "one.png" in plan.failures["one"]


def test_of_two_folders_the_names_meet_whatever_the_suffix(pictures, tmp_path):
    pictures("a/x/one.png", "b/x/one.jpg", "a/left.png", "b/right.png")
    plan = plan_of(TwoFolders(tmp_path / "a", tmp_path / "b"))
    assert [(job.name, job.source.suffix, job.target.suffix) for job in plan.jobs] == [("x/one", ".png", ".jpg")]
    assert "left.png has no partner in" in plan.failures["left"]
    assert str(tmp_path / "b") in plan.failures["left"]
    assert "right.png has no partner in" in plan.failures["right"]
    assert str(tmp_path / "a") in plan.failures["right"]


def test_two_names_alike_in_one_of_two_folders_are_told(pictures, tmp_path):
    pictures("a/one.png", "a/two.png", "b/two.png", "b/one.png", "b/one.jpg")
    plan = plan_of(TwoFolders(tmp_path / "a", tmp_path / "b"))
    assert [job.name for job in plan.jobs] == ["two"]
    assert "one name but for the suffix" in plan.failures["one"]


def test_what_gives_no_pair_at_all_is_refused(pictures, tmp_path):
    pictures("a/one.png", "b/two.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PincelError, match=r"no picture in .*a has a partner of its name in .*b"):
        plan_of(TwoFolders(tmp_path / "a", tmp_path / "b"))
    with pytest.raises(PincelError, match="there are no pictures in .*empty"):
        plan_of(Halves([tmp_path / "empty"]))
    with pytest.raises(PincelError, match="gone does not exist; check the name"):
        plan_of(Transform([tmp_path / "gone"]))
    with pytest.raises(PincelError, match="gone does not exist or is not a folder"):
        plan_of(TwoFolders(tmp_path / "a", tmp_path / "gone"))


def test_what_is_kept_beside_the_pairs_can_be_read_back(tmp_path):
    origins = [
        Halves([tmp_path], "BtoA"),
        TwoFolders(tmp_path, tmp_path / "b"),
        Transform([tmp_path]),
        Transform([tmp_path], SketchStyle(method="hed"), size=256, weights=tmp_path / "hed.safetensors"),
    ]
    kept = [settings_of(origin) for origin in origins]
    assert [PairSettings.model_validate(json.loads(one.model_dump_json())) for one in kept] == kept
    assert [one.how for one in kept] == ["side by side", "two folders", "transform", "transform"]
    assert kept[0].direction == "BtoA"
    assert kept[2].transform == "grey"
    assert (kept[3].transform, kept[3].size, kept[3].weights) == ("hed", 256, "hed.safetensors")
    assert all(path.startswith("/") for one in kept for path in one.inputs)


@pytest.mark.parametrize(("one", "other"), [("source/one.png", "target/one.png"), ("gray/one.png", "color/one.png")])
def test_of_a_folder_of_pairs_one_side_is_asked_for(pictures, tmp_path, one, other):
    pictures(f"set/{one}", f"set/{other}")
    with pytest.raises(PincelError, match=f"set is a folder of pairs already; give one side of it, as .*{other[:5]}"):
        plan_of(Transform([tmp_path / "set"]))
    side = tmp_path / "set" / other.split("/")[0]
    assert [job.name for job in plan_of(Transform([side])).jobs] == ["one"]
