import numpy as np
import pytest
from PIL import Image

from pincel.data.scan import scan
from pincel.errors import PincelError
from pincel.export.calibration import choose, paint_example, read_example, recorded
from pincel.runtime.model_file import load_model
from pincel.tasks import Colorize


@pytest.fixture
def split(tmp_path, class_folders):
    rows = ["picture,group,side"]
    for number, path in enumerate(sorted(class_folders.rglob("*.jpg"))):
        side = ("train", "val", "test", "excluded")[number % 4]
        rows.append(f"photos/{path.relative_to(class_folders).as_posix()},{number},{side}")
    (tmp_path / "split.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "split.csv"


def test_calibration_is_the_training_side_and_measuring_the_validation_side(class_folders, split, make_model):
    sides = dict(row.split(",")[::2] for row in split.read_text().splitlines()[1:])
    chosen = choose(load_model(make_model()), [class_folders], split, 100, 100)
    assert {sides[file.key] for file in chosen.calibration} == {"train"}
    assert {sides[file.key] for file in chosen.measured} == {"val"}
    assert len(chosen.calibration) == len(chosen.measured) == 6


def test_the_card_names_the_split(class_folders, split, make_model):
    model = load_model(make_model(recipe=f"data: {{split: {split}}}"))
    assert choose(model, [class_folders], None, 3, 2).split == str(split)


def test_test_pictures_alone_are_refused(class_folders, split, make_model, tmp_path):
    split.write_text(split.read_text().replace("train", "test").replace("val", "test"))
    with pytest.raises(PincelError, match="none of the 24 pictures is on the training or validation side.*give others"):
        choose(load_model(make_model()), [class_folders], split, 9, 9)


def test_unknown_pictures_are_shared_out_and_none_is_in_both(class_folders, make_model):
    chosen = choose(load_model(make_model()), [class_folders], None, 100, 100)
    calibrated, measured = ({file.key for file in files} for files in (chosen.calibration, chosen.measured))
    assert (len(calibrated), len(measured)) == (19, 5)
    assert not calibrated & measured


@pytest.mark.parametrize(("given", "said"), [(10, "only 8 pictures were"), (1, "only 1 picture was")])
def test_a_small_folder_works_with_a_warning(tmp_path, smooth_photo, make_model, given, said):
    (tmp_path / "few").mkdir()
    for i in range(given):
        Image.fromarray(smooth_photo(i)).save(tmp_path / "few" / f"{i}.png")
    chosen = choose(load_model(make_model()), [tmp_path / "few"], None, 128, 100)
    assert chosen.calibration
    assert chosen.measured
    assert any(said in note for note in chosen.notes)


def test_a_split_that_is_not_here_is_told(class_folders, make_model):
    chosen = choose(load_model(make_model(recipe="data: {split: /gone.csv}")), [class_folders], None, 9, 9)
    assert any("/gone.csv' is not on this machine" in note for note in chosen.notes)


def test_a_split_made_by_the_run_is_asked_for(class_folders, make_model):
    chosen = choose(load_model(make_model(split_digest="ab12")), [class_folders], None, 9, 9)
    assert any("add --split RUN/split.csv" in note for note in chosen.notes)
    assert not any("RUN" in note for note in choose(load_model(make_model()), [class_folders], None, 9, 9).notes)


def test_the_network_is_fed_as_when_painting(class_folders, make_model):
    model = load_model(make_model(working_size=32, size_multiple=8))
    recorder, feeds = recorded(model)
    example = read_example(scan([class_folders])[0], model)
    painted = paint_example(example, recorder)
    (feed,) = feeds
    assert feed["source"].shape == (1, 1, 32, 32)  # 40 x 36 at a long side of 32, in whole multiples of 8
    height, width = feed["source"].shape[2:]
    np.testing.assert_array_equal(feed["source"][0], Colorize.encode(Colorize.fit(example.real, height, width)))
    assert painted.shape == example.real.shape


def test_a_known_class_is_told_and_another_is_not(class_folders, make_labelled_model):
    model = load_model(make_labelled_model(tells_label=False))
    assert read_example(scan([class_folders])[0], model).label is None
    (class_folders / "apple").rename(class_folders / "grass")
    recorder, feeds = recorded(model)
    paint_example(read_example(next(file for file in scan([class_folders]) if file.label == "grass"), model), recorder)
    assert feeds[0]["label"].tolist() == [2]


def test_a_sketch_model_is_shown_sketches_of_photos(class_folders, convolving_model):
    model = load_model(convolving_model(task="sketch", sketch={"method": "canny"}))
    example = read_example(scan([class_folders])[0], model)
    assert example.shown.pixels.shape == example.real.shape[:2]
    assert np.median(example.shown.pixels) == 255  # white paper
    assert paint_example(example, model).shape == example.real.shape


def test_pairs_are_shown_their_own_source(tmp_path, smooth_photo, convolving_model):
    for side, shift in (("source", 0), ("target", 5)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        Image.fromarray(smooth_photo(shift)).save(tmp_path / "pairs" / side / "a.png")
    model = load_model(convolving_model(task="sketch"))
    example = read_example(scan([tmp_path / "pairs"])[0], model)
    np.testing.assert_array_equal(example.shown.pixels, smooth_photo(0))
    np.testing.assert_array_equal(example.real, smooth_photo(5))


@pytest.mark.parametrize("facts", [{"task": "paired"}, {"task": "sketch", "sketch": {"method": "hed"}}])
def test_a_model_that_needs_pairs_says_so(class_folders, convolving_model, facts):
    model = load_model(convolving_model(**facts))
    with pytest.raises(PincelError, match="is calibrated with pairs"):
        read_example(scan([class_folders])[0], model)


def test_large_pictures_are_shrunk_for_measuring(class_folders, make_model):
    example = read_example(scan([class_folders])[0], load_model(make_model()), 20)
    assert max(example.real.shape) == 20
