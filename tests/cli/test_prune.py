import re

import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "--out", "small", "--ratio", "0.3"), "nowhere is not a run"),
        (("nowhere", "--out", "small", "--minutes", "1", "--epochs", "1"), "give --minutes or --epochs"),
        (("begun", "--out", "small", "--target-macs", "many"), "many"),
    ],
)
def test_mistakes_get_one_sentence(refusal, tmp_path, arguments, message):
    (tmp_path / "begun").mkdir()
    for name in ("recipe.yaml", "facts.json"):
        (tmp_path / "begun" / name).touch()
    assert message in refusal("prune", *arguments)


@pytest.mark.slow
def test_a_pruned_run_is_an_ordinary_run_of_fewer_multiply_adds(
    pincel_main, quick, class_folders, cache_folder, tmp_path
):
    wide = [*quick, "generator.options.stages=32k4s2 32k4s2"]
    trained = pincel_main("train", "colorize-lite", *wide, "--data", "photos", "--out", "run", "--epochs", "0.3")
    assert trained.returncode == 0, trained.stderr
    pruned = pincel_main("prune", "run", "--out", "small", "--ratio", "0.9", "--epochs", "0.3")
    assert pruned.returncode == 0, pruned.stderr
    before, after = map(float, re.search(r"([\d.]+) -> ([\d.]+) M multiply-adds", pruned.stderr).groups())
    assert after <= 0.9 * before
    assert "next: pincel export small" in pruned.stdout
    assert (tmp_path / "small" / "last.safetensors").is_file()
