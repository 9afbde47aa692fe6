import pytest

from pincel.runtime.model_file import load_model

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
def test_a_pruned_run_is_exported_smaller(pincel_main, class_folders, cache_folder, tmp_path):
    trained = pincel_main("train", "colorize-lite", *SMALL, "--data", "photos", "--out", "run", "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    pruned = pincel_main("prune", "run", "--out", "small", "--ratio", "0.9", "--epochs", "1")
    assert pruned.returncode == 0, pruned.stderr
    assert "next: pincel export small" in pruned.stdout
    for name in ("run", "small"):
        exported = pincel_main("export", name, "-o", f"{name}.onnx")
        assert exported.returncode == 0, exported.stderr
    assert load_model(tmp_path / "small.onnx").card.macs_128 < load_model(tmp_path / "run.onnx").card.macs_128
