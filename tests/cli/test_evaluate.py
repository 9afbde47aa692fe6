import json

from pincel.runtime.model_file import load_model


def test_a_report_is_written_and_the_card_is_filled(pincel_main, class_folders, tmp_path, make_model):
    model = make_model("flat", a=0.1, b=0.0)
    result = pincel_main("evaluate", model, "--data", "photos", "-o", "report", "--limit", "6", "--write-card")
    assert result.returncode == 0, result.stderr
    assert "CIEDE2000" in result.stdout
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert metrics["candidate"] == "flat"
    assert metrics["sets"]["n"] == 6
    assert "Frechet-Lite0" in result.stdout
    assert (tmp_path / "report" / "index.html").stat().st_size > 10_000
    (entry,) = load_model(model).card.quality.values()
    assert entry["n"] == 6
    assert "evaluate" in entry["command"]


def test_an_unreadable_photo_is_skipped_and_told(pincel_main, class_folders, make_model):
    (class_folders / "apple" / "broken.jpg").write_bytes(b"no")
    result = pincel_main("evaluate", make_model(), "--data", "photos", "-o", "report", "--no-set-metrics")
    assert result.returncode == 1
    assert "apple/broken.jpg" in result.stdout


def test_set_metrics_can_be_switched_off(pincel_main, class_folders, make_model, tmp_path):
    result = pincel_main("evaluate", make_model(), "-d", "photos", "-o", "report", "--limit", "3", "--no-set-metrics")
    assert result.returncode == 0, result.stderr
    assert "Lite0" not in result.stdout
    assert json.loads((tmp_path / "report" / "metrics.json").read_text())["sets"] is None


def test_mistakes_get_one_sentence(pincel_main, class_folders, make_model):
    for arguments, message in (
        (("evaluate", "nope", "--data", "photos", "-o", "report"), "there is no model 'nope'"),
        (("evaluate", make_model(), "--data", "nowhere", "-o", "report"), "data folder nowhere does not exist"),
        (("evaluate", make_model(), "--data", "photos", "-o", "report", "--split", "nope"), "split 'nope'"),
        (("evaluate", "photos", "--data", "photos", "-o", "report", "--write-card"), "export the run first"),
        (
            ("evaluate", make_model(), "-d", "photos", "-o", "report", "--no-near-duplicates"),
            "told by a split; give one",
        ),
        (("evaluate", make_model(), "-d", "photos", "-o", "report", "--inception-weights", "x.pth"), "no file x.pth"),
        (
            ("evaluate", make_model(), "-d", "photos", "-o", "r", "--inception-weights", "x.pth", "--no-inception"),
            "leave one out",
        ),
    ):
        result = pincel_main(*arguments)
        assert result.returncode == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_a_sketch_model_is_measured_beside_the_sketch_and_a_reference(
    pincel_main, class_folders, tmp_path, make_translator, make_model
):
    model = make_translator("sketch", working_size=32)
    arguments = ("evaluate", model, "--data", "photos", "-o", "report", "--limit", "6")
    result = pincel_main(*arguments, "--other", model, "--no-inception", "--write-card")
    assert result.returncode == 0, result.stderr
    assert "the real ones than the sketch is" in result.stdout or "as the sketch is" in result.stdout
    assert "Lite0 distance" in result.stdout
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert [row["role"] for row in metrics["rows"]] == ["baseline", "reference", "candidate"]
    assert (metrics["protocol"]["name"], metrics["protocol"]["size"]) == ("square", 32)
    ((title, entry),) = load_model(model).card.quality.items()
    assert title == "photos, test, square 32 px"
    assert entry["lite0_distance"] > 0
    refused = pincel_main(*arguments, "--other", make_model("colours"))
    assert refused.returncode == 2
    assert "'colours' is for the task colorize, not sketch" in refused.stderr


def test_a_paired_model_needs_pairs(pincel_main, class_folders, make_translator):
    result = pincel_main("evaluate", make_translator("paired"), "--data", "photos", "-o", "report", "--no-set-metrics")
    assert result.returncode == 2
    assert "has no partner; make a folder of pairs with 'pincel data pairs' first" in result.stderr
