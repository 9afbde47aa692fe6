import json

import pytest

from pincel.training.old_keys import tell_once


def test_a_training_is_reported_as_a_user_does(pincel_main, class_folders, cache_folder, tmp_path):
    (tmp_path / "tiny.yaml").write_text(
        "data: {size: 32, batch: 4, cache_side: 40, workers: 0}\n"
        "generator: {encoder_weights: none, options: {decoder_channels: [8, 8, 8, 8]}, ema: 0.9}\n"
        "discriminator: {width: 4}\n"
        "losses: {l1: 100, adversarial_kind: bce}\n"
        "phases: [{epochs: 2, adversarial: 1}]\n"
        "validation: {pictures: 3, samples: 2}\n"
    )
    tell_once.cache_clear()
    trained = pincel_main("train", "tiny.yaml", "--data", "photos", "--out", "run")
    assert trained.returncode == 0, trained.stderr
    assert trained.stderr.count("pincel: recipe key 'losses.adversarial_kind' is now 'discriminator") == 1
    result = pincel_main("report", "run")
    assert result.returncode == 0, result.stderr
    assert "The report is in run/report/index.html" in result.stdout
    content = json.loads((tmp_path / "run" / "report" / "report.json").read_text())
    assert content["state"]["finished"]
    first = content["validations"][0]
    for side in (first["train"], first["validation"]):
        assert side["loss_g"] == pytest.approx(side["l1"] + side["adversarial"], rel=1e-4)
        assert 0 < side["d_fake"] < 1
    assert sum(first["shares"].values()) == pytest.approx(1)
    page = (tmp_path / "run" / "report" / "index.html").read_text()
    assert page.count("data:image/jpeg") == 2 * 4  # 2 photos; grey, two epochs, real


def test_what_is_no_run_gets_one_sentence(pincel_main, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in ("nowhere", "empty"):
        result = pincel_main("report", folder, "-o", "out")
        assert result.returncode == 2
        assert f"{folder} is not a run" in result.stderr
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
