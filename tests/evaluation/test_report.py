"""The two files of a report: complete, self-contained, never half-written."""

import errno
import json
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pytest
from PIL import Image

from pincel.errors import PincelError
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.figures import distribution, gains
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.page import render
from pincel.evaluation.report import as_json, as_quality, write_report
from pincel.metrics.inception import InceptionFigures
from pincel.pages.canvas import DARK, LIGHT, svg
from pincel.runtime.card import ModelCard

COMMAND = "pincel evaluate tiny.onnx --data leaves -o report"


def page_of(evaluation, sets) -> str:
    """The text of the page, with other figures of the set."""
    changed = replace(evaluation, measured=replace(evaluation.measured, sets=sets))
    return render(changed, as_json(changed, COMMAND))


@pytest.fixture(scope="module")
def evaluation(build_model, build_one_colour_photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    photos = build_one_colour_photos(folder)
    (photos / "oak" / "cut.png").write_bytes(b"\x89PNG")
    model = build_model(
        folder,
        ab=(-25, 25),
        hashes=[1, 2],
        name="tiny <b>&",
        description="Paints leaves.",
        data="leaves",
        data_licence="CC0",
        recipe="task: colorize\n",
        training_pictures=2,
    )
    other = build_model(folder, ab=(10, 0), file="rival.onnx")
    return evaluate(model, [photos], EvaluateOptions(size=64), others=[other])


@pytest.fixture
def report(evaluation, tmp_path):
    write_report(evaluation, tmp_path / "deep" / "report", command=COMMAND)
    return tmp_path / "deep" / "report"


class TestFigures:
    def test_every_figure_is_in_the_file(self, report, evaluation):
        content = json.loads((report / "metrics.json").read_text())
        assert content["command"] == COMMAND
        assert content["candidate"] == "tiny <b>&"
        assert [row["name"] for row in content["rows"]] == ["grey", "rival", "tiny <b>&"]
        assert [row["role"] for row in content["rows"]] == ["baseline", "reference", "candidate"]
        grey, _, painted = content["rows"]
        assert all(row["n"] == 6 for row in content["rows"])
        assert set(painted["figures"]) == set(content["metrics"])
        assert set(content["metrics"]) - set(grey["figures"]) == {"ciede2000_ratio_at", "ciede2000_worst_at"}
        assert content["rows"][2]["figures"]["psnr"].keys() == {"value", "low", "high"}
        assert set(content["classes"]) == {"elm", "oak"}
        assert {"frechet_lite0", "mmd_lite0"} <= set(content["metrics"])
        assert content["rows"][2]["figures"]["frechet_lite0"]["low"] is None  # no interval
        assert "frechet_lite0" not in content["classes"]["elm"][0]["figures"]
        assert len(content["pictures"]) == 6
        assert set(content["pictures"][0]["scores"]) == {"grey", "rival", "tiny <b>&"}
        assert set(content["pictures"][0]["told"]) == {"rival", "tiny <b>&"}
        assert content["models"][0]["sha256"] == evaluation.models[0].digest
        assert content["protocol"]["name"] == "letterbox"
        assert content["protocol"]["rgb_range"] == [0, 255]
        assert content["bootstrap"] == {
            "level": 0.95, "resamples": 1000, "seed": 0, "method": "percentile, pictures drawn with replacement"
        }  # fmt: skip
        assert list(content["data"]["not_measured"]) == ["leaves/oak/cut.png"]
        assert {"pincel", "numpy", "onnxruntime", "python"} <= set(content["versions"])
        assert content["card"]["data_licence"] == "CC0"

    def test_psnr_and_ssim_come_as_the_papers_print_them(self, read_page, report, evaluation):
        content = json.loads((report / "metrics.json").read_text())
        assert set(content["spread"]) == {"grey", "rival", "tiny <b>&"}
        assert set(content["spread"]["grey"]) == {"psnr_whole", "ssim_whole", "psnr", "ssim"}
        values = [picture.scores["rival"]["psnr"] for picture in evaluation.measured.pictures]
        found = content["spread"]["rival"]["psnr"]
        assert found == pytest.approx(
            {"mean": mean(values), "std": stdev(values), "min": min(values), "max": max(values)}
        )
        words = read_page(report).words
        assert f"{mean(values):.2f} ± {stdev(values):.2f}{min(values):.2f}\u2009–\u2009{max(values):.2f}" in words

    def test_figures_of_the_set_come_with_n_and_their_network(self, read_page, report, evaluation):
        content = json.loads((report / "metrics.json").read_text())
        assert (content["sets"]["n"], content["sets"]["subset_size"], content["sets"]["square"]) == (6, 3, 128)
        assert "EfficientNet-Lite1 and -Lite0" in content["sets"]["backbones"]
        for eye in ("lite1", "lite0"):
            row = content["sets"]["rows"][eye]["tiny <b>&"]
            assert row["frechet"] == content["rows"][2]["figures"][f"frechet_{eye}"]["value"]
        assert {"torch", "timm"} <= set(content["versions"])
        words = read_page(report).words
        assert f"{row['frechet']:.2f}n = 6" in words
        assert f"{row['mmd']:.3f}± {row['mmd_std']:.3f}" in words

    def test_inception_score_and_fid_are_shown_or_it_is_said_why_not(self, read_page, evaluation):
        sets = evaluation.measured.sets
        words = read_page(page_of(evaluation, replace(sets, inception_missing="the file is lost", inception={}))).words
        assert "Inception Score and FID: not computed, the file is lost." in words
        figures = {row.name: InceptionFigures(2.5, 0.25, 12.345) for row in evaluation.rows}
        real = InceptionFigures(3.25, 0.5, None)
        found = replace(sets, inception_missing="", inception=figures, inception_real=real)
        words = read_page(page_of(evaluation, found)).words
        assert "not computed" not in words
        assert "2.50 ± 0.25" in words
        assert "12.35" in words or "12.34" in words
        assert "Inception Score of 3.25" in words

    def test_what_is_undefined_is_null_and_not_a_broken_file(self, evaluation):
        from pincel.evaluation.tables import Figure

        row = replace(evaluation.rows[2], figures={**evaluation.rows[2].figures, "psnr": Figure(float("nan"), 0, 1)})
        content = as_json(replace(evaluation, rows=[*evaluation.rows[:2], row]), COMMAND)
        assert content["rows"][2]["figures"]["psnr"] == {"value": None, "low": 0, "high": 1}
        json.dumps(content, allow_nan=False)

    def test_a_card_can_carry_the_result(self, evaluation):
        quality = as_quality(evaluation, COMMAND)
        ((title, entry),) = quality.items()
        assert title == "leaves, test, letterbox 64 px"
        assert entry["n"] == 6
        assert entry["command"] == COMMAND
        assert entry["ciede2000"] == round(evaluation.rows[2].figures["ciede2000"].value, 2)
        assert ModelCard(name="x", task="colorize", quality=quality).quality == quality


class TestPage:
    def test_it_needs_no_other_file_and_no_network(self, read_page, report):
        assert read_page(report).words

    def test_it_shows_headline_tables_gallery_and_card(self, read_page, report, evaluation):
        page = read_page(report)
        words = page.words
        for part in ("closer to the real ones", "By class", "Gallery", "Model card", "CC0", COMMAND, "cut.png"):
            assert part in words, part
        for row in evaluation.rows:
            figure = row.figures["psnr_whole"]
            assert f"{figure.value:.2f}{figure.low:.2f}\u2009–\u2009{figure.high:.2f}" in words
        assert page.text.count("data:image/jpeg") == 3 * len(evaluation.gallery)
        assert page.text.count("data:image/svg+xml") == 4  # two figures, each light and dark

    def test_names_are_shown_and_never_run(self, report):
        text = (report / "index.html").read_text()
        assert "tiny <b>" not in text
        assert "tiny &lt;b&gt;&amp;" in text

    def test_one_class_needs_no_table_of_classes(self, tiny_model, tmp_path, smooth_photo):
        (tmp_path / "few").mkdir()
        Image.fromarray(smooth_photo(1)).save(tmp_path / "few" / "a.png")
        write_report(evaluate(tiny_model(), [tmp_path / "few"], EvaluateOptions(protocol="photo")), tmp_path / "out")
        text = (tmp_path / "out" / "index.html").read_text()
        assert "By class" not in text
        assert "Only 1 pictures" not in text
        assert "Only 1 picture was measured" in text
        assert "Frechet and MMD, which compare whole sets, say little or nothing; measure 30 or more" in text
        assert ">nan" not in text


class TestFiles:
    def test_only_the_two_files_are_left(self, report):
        assert sorted(path.name for path in report.iterdir()) == ["index.html", "metrics.json"]

    def test_the_same_evaluation_gives_the_same_bytes(self, report, evaluation):
        before = [(report / name).read_bytes() for name in ("index.html", "metrics.json")]
        write_report(evaluation, report, command=COMMAND)
        assert [(report / name).read_bytes() for name in ("index.html", "metrics.json")] == before

    def test_a_target_that_is_a_file_is_one_sentence(self, evaluation, tmp_path):
        (tmp_path / "taken").write_text("mine")
        with pytest.raises(PincelError, match=r"cannot be written to .*taken"):
            write_report(evaluation, tmp_path / "taken")
        assert (tmp_path / "taken").read_text() == "mine"

    def test_a_full_disk_is_one_sentence_and_the_old_report_stays(self, evaluation, tmp_path, monkeypatch):
        write_report(evaluation, tmp_path, command="old")
        before = (tmp_path / "metrics.json").read_bytes()

        def full(path: Path, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(PincelError, match="No space left on device"):
            write_report(evaluation, tmp_path, command="new")
        assert (tmp_path / "metrics.json").read_bytes() == before


def test_figures_are_the_same_every_time_and_follow_the_theme():
    import numpy as np

    grey, painted = np.random.default_rng(0).uniform(2, 20, (2, 50))
    for draw in (distribution, gains):
        light, again, dark = (svg(draw(grey, painted, theme)) for theme in (LIGHT, LIGHT, DARK))
        assert light == again
        assert LIGHT.candidate.encode() in light
        assert DARK.candidate.encode() in dark
