import re

import pytest

SMALL = [
    "data.size=32",
    "data.batch=4",
    "data.workers=0",
    "data.split=null",
    "generator.encoder_weights=none",
    "generator.options={decoder_channels: [64, 64, 64, 64]}",
    "validation.pictures=3",
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "--out", "small", "--ratio", "0.3"), "nowhere is not a run"),
        (("nowhere", "--out", "small", "--minutes", "1", "--epochs", "1"), "give --minutes or --epochs"),
        (("nowhere", "--out", "small", "--target-macs", "many"), "many"),
    ],
)
def test_mistakes_get_one_sentence(pincel_main, arguments, message):
    result = pincel_main("prune", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_pruned_run_is_an_ordinary_run_of_fewer_multiply_adds(pincel_main, class_folders, cache_folder, tmp_path):
    trained = pincel_main("train", "colorize-lite", *SMALL, "--data", "photos", "--out", "run", "--epochs", "0.3")
    assert trained.returncode == 0, trained.stderr
    pruned = pincel_main("prune", "run", "--out", "small", "--ratio", "0.9", "--epochs", "0.3")
    assert pruned.returncode == 0, pruned.stderr
    before, after = map(float, re.search(r"([\d.]+) -> ([\d.]+) M multiply-adds", pruned.stderr).groups())
    assert after <= 0.9 * before
    assert "next: pincel export small" in pruned.stdout
    assert (tmp_path / "small" / "last.safetensors").is_file()
