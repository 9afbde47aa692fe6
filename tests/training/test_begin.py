from concurrent.futures import ThreadPoolExecutor

import pytest

from pincel.errors import PincelError, RecipeError
from pincel.training import begin
from pincel.training.begin import new_run, open_session
from pincel.training.options import TrainingOptions


def test_several_devices_may_begin_a_run_at_once(tmp_path):
    with ThreadPoolExecutor(8) as devices:
        for number in range(50):
            for begun in devices.map(new_run, [tmp_path / "runs" / f"{number}"] * 8):
                assert not begun.folder.exists()  # until all that belongs in it is there
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PincelError, match=r"the run cannot be written to .*deeper"):
        new_run(tmp_path / "file" / "deeper")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            {"name": "stage_unet", "options": {"stages": "8k4s2 8k4s2", "dropout": 2}},
            "stage_unet: dropout is from 0 to below 1, not 2",
        ),
        ({"options": {"encoder_steps": 9}}, "lite_unet: encoder_steps is 3, 4 or 5, not 9"),
        ({"options": {"decoder_channels": [-8, 8, 8, 8]}}, "lite_unet: .*negative"),
        ({"options": {"decoder_channels": "wide"}}, "lite_unet: "),
    ],
)
def test_a_wrong_option_of_the_generator_is_told_before_a_picture_is_decoded(
    tiny_recipe, tmp_path, monkeypatch, options, why
):
    monkeypatch.setattr(begin, "load_training_data", lambda *_, **__: pytest.fail("pictures were decoded"))
    recipe = tiny_recipe(generator=options)
    with pytest.raises(RecipeError, match=rf"recipe key 'generator.options' does not fit {why}"):
        open_session(recipe, [tmp_path], tmp_path / "run", TrainingOptions(accelerator="cpu"))
    assert not (tmp_path / "run").exists()
