import numpy as np
import pytest

from pincel.errors import PincelError
from pincel.training.loop import train
from pincel.training.outputs import FULL_EVERY, EpochOutputs, KeptOutputs, Pictures, shrink, wants_full
from pincel.training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("cache_folder")


@pytest.fixture
def run(class_folders, tmp_path):
    recipe = Recipe.model_validate(
        {
            "task": "sketch",
            "data": {"size": 96, "batch": 4, "cache_side": 40, "workers": 0, "fit": "square"},
            "generator": {
                "name": "stage_unet",
                "options": {"stages": "4k4s2 8k4s2"},
                "encoder_weights": "none",
                "ema": 0,
            },
            "losses": {"l1": 1},
            "phases": [{"epochs": 2}],
            "validation": {"pictures": 3, "samples": 2, "outputs": True, "monitor": "loss"},
        }
    )
    return train(recipe, [class_folders], tmp_path / "run")


def test_a_run_keeps_what_it_was_validated_on_and_what_it_painted(run):
    kept = KeptOutputs.open(run.folder)
    pictures = kept.pictures()
    assert sorted(pictures.keys) == sorted(run.split().keys("val"))
    assert pictures.source.shape == pictures.target.shape == (3, 64, 64, 3)  # small
    assert pictures.chosen_target.shape == (3, 96, 96, 3)  # as large as in training
    assert (pictures.mask == 255).all()
    assert set(np.unique(pictures.chosen_source)) <= {0, 255}  # ink and paper
    epochs = [kept.epoch(file) for file in kept.files()]
    assert [round(one.epoch) for one in epochs] == [1, 2]
    assert [one.step for one in epochs] == [row["step"] for row in run.rows("validation")]
    for one in epochs:
        assert (one.whole.shape, one.chosen.shape, one.full) == ((3, 64, 64, 3), (3, 96, 96, 3), None)
        np.testing.assert_array_equal(one.whole, shrink(one.chosen, 64))  # all three are chosen here


def test_what_is_kept_is_what_the_kept_weights_paint(run):
    import torch

    from pincel.export.export import load_painter
    from pincel.training.dataset import load_training_data
    from pincel.training.validate import paint_all

    data = load_training_data(run.recipe(), [run.folder.parent / "photos"], split=run.split())
    painted = paint_all(load_painter(run), data.pairs("val", 96), torch.device("cpu"), 2)
    kept = KeptOutputs.open(run.folder)
    last = kept.epoch(kept.files()[-1]).chosen
    assert np.abs(painted.astype(int) - last).max() <= 1


def test_whole_sets_are_kept_at_full_size_every_tenth_epoch():
    wanted = [epoch for epoch in range(1, 41) if wants_full(epoch + 0.004)]
    assert wanted == [10, 20, 30, 40]
    assert FULL_EVERY == 10


def test_files_come_back_as_they_were_written_in_order(tmp_path):
    rng = np.random.default_rng(0)

    def noise(*shape):
        return rng.integers(0, 256, shape, np.uint8)

    kept = KeptOutputs(tmp_path / "outputs")
    pictures = Pictures(
        ["a/ü.jpg", "b.jpg"], np.array([1]), noise(2, 8, 8, 3), noise(2, 8, 8, 3), noise(2, 8, 8), noise(1, 9, 9, 3),
        noise(1, 9, 9, 3), noise(1, 9, 9),
    )  # fmt: skip
    kept.write_pictures(pictures)
    written = [
        EpochOutputs(number, number * 7, noise(2, 8, 8, 3), noise(1, 9, 9, 3), noise(2, 9, 9, 3)) for number in (10, 2)
    ]
    for one in written:
        kept.write_epoch(one)
    back = KeptOutputs.open(tmp_path)
    for name, value in vars(pictures).items():
        np.testing.assert_array_equal(getattr(back.pictures(), name), value)
    for file, one in zip(back.files(), written[::-1], strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(getattr(back.epoch(file), name), value)


def test_a_run_without_outputs_says_how_to_get_them(tmp_path):
    with pytest.raises(PincelError, match=r"validation\.outputs=true"):
        KeptOutputs.open(tmp_path)


def test_small_pictures_are_not_enlarged():
    assert shrink(np.zeros((2, 32, 32, 3), np.uint8), 64).shape == (2, 32, 32, 3)
    assert shrink(np.zeros((2, 128, 128), np.uint8), 64).shape == (2, 64, 64)
