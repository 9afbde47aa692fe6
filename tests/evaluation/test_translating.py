"""Sketch and paired models from end to end: known figures, the identity baseline, refusals, the page's words."""

import json
import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pincel.data.cache import build_cache
from pincel.data.scan import scan
from pincel.errors import ModelError, PincelError
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.evaluated_tasks import evaluated_task
from pincel.evaluation.headline import summary_lines
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.report import as_json, as_quality, write_report
from pincel.metrics.lite import LiteFeatures, lite0_distance
from pincel.tasks import TASKS

quiet = partial(EvaluateOptions, set_metrics=False)


def values(evaluation, name: str) -> dict[str, float]:
    return {metric: figure.value for metric, figure in evaluation.row(name).figures.items()}


class TestFigures:
    def test_a_model_that_changes_nothing_is_the_identity_baseline(self, translator, pair_folder):
        evaluation = evaluate(translator("paired", slope=1), [pair_folder], quiet())
        assert values(evaluation, "tiny") == pytest.approx(values(evaluation, "identity"))
        ratio = evaluation.row("tiny").figures["ciede2000_ratio"]
        assert (ratio.low, ratio.high) == pytest.approx((1, 1))

    def test_a_model_that_knows_the_way_is_all_but_perfect(self, translator, pair_folder):
        model = translator("paired", slope=-1)  # the target is the source's negative
        evaluation = evaluate(model, [pair_folder], quiet())
        found = values(evaluation, "tiny")
        assert found["psnr"] > 45
        assert found["ssim"] > 0.99
        assert found["mse"] < 1e-4
        assert found["ciede2000_ratio"] < 0.05
        assert found["colourfulness_ratio"] == pytest.approx(1, abs=0.03)

    def test_the_figures_of_one_colour_are_the_photos_own(self, translator, class_folders):
        evaluation = evaluate(translator(rgb=(0.0, 0.0, 0.0)), [class_folders], quiet())
        photos = [np.asarray(Image.open(file.path)) for file in scan([class_folders])]
        errors, deviations = [], []
        for rgb in photos:
            side = min(rgb.shape[:2])
            top, left = (rgb.shape[0] - side) // 2, (rgb.shape[1] - side) // 2
            square = Image.fromarray(rgb[top : top + side, left : left + side]).resize((32, 32), Image.Resampling.BOX)
            levels = np.asarray(square) / 255
            errors.append(np.square(levels - 128 / 255).mean())
            deviations.append((levels @ [0.299, 0.587, 0.114]).std())
        found = values(evaluation, "tiny")
        assert found["mse"] == pytest.approx(np.mean(errors), rel=0.02)
        assert found["residual_std"] == pytest.approx(np.mean(deviations), rel=0.02)
        assert values(evaluation, "identity")["colourfulness_ratio"] < 0.01  # lines have no colour

    def test_size_and_protocol_follow_the_model_and_can_be_chosen(self, translator, class_folders):
        model = translator(working_size=48)
        own = evaluate(model, [class_folders], quiet()).protocol
        assert (own.name, own.size) == ("square", 48)
        letterboxed = evaluate(model, [class_folders], quiet(protocol="letterbox", size=40))
        assert "psnr_whole" in values(letterboxed, "tiny")
        assert {p.height for p in letterboxed.measured.pictures} == {40}
        photo = evaluate(model, [class_folders], quiet(protocol="photo"))
        assert {max(p.height, p.width) for p in photo.measured.pictures} <= set(range(40, 49))

    def test_grey_photos_are_measured_too(self, translator, class_folders, smooth_photo):
        Image.fromarray(smooth_photo(5)[..., 0]).save(class_folders / "boat" / "grey.png")
        evaluation = evaluate(translator(), [class_folders], quiet())
        assert evaluation.n == 25
        assert not evaluation.measured.grey_photos


@pytest.fixture(scope="module")
def folder(build_pairs, tmp_path_factory) -> Path:
    return build_pairs(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def evaluation(build_translator, folder):
    """Of a candidate and a rival, with the distances of the whole set."""
    candidate = build_translator(folder.parent, "paired", slope=-0.5)
    rival = build_translator(folder.parent, "paired", slope=-0.8, file="rival.onnx")
    return evaluate(candidate, [folder], EvaluateOptions(inception=False, protocol="photo", size=56), others=[rival])


class TestSets:
    def test_every_picture_has_its_lite0_distance(self, evaluation, folder):
        features = LiteFeatures()
        (first, *_) = evaluation.measured.pictures
        real = np.asarray(Image.open(folder / "target" / "day" / "0.png"))
        planes = [torch.from_numpy(_as_square(rgb)).permute(2, 0, 1)[None] / 255 for rgb in (255 - real, real)]
        mask = torch.from_numpy(_as_square(np.full_like(real, 255))[..., :1].astype(bool)).permute(2, 0, 1)[None]
        direct = float(lite0_distance(features, *planes, mask.float()))
        assert first.scores["identity"]["lite0_distance"] == pytest.approx(direct, rel=1e-4)
        for name in ("identity", "rival", "tiny"):
            mean = np.mean([picture.scores[name]["lite0_distance"] for picture in evaluation.measured.pictures])
            assert values(evaluation, name)["lite0_distance"] == pytest.approx(mean)

    def test_distances_of_the_set_have_intervals_around_them(self, evaluation):
        for row in evaluation.rows:
            for metric in ("frechet_lite0", "lite0_distance"):
                figure = row.figures[metric]
                assert 0 <= figure.low < figure.value < figure.high, metric
            figure = row.figures["mmd_lite0"]
            assert figure.low < figure.high

    def test_the_result_ranks_by_lite0_distance_and_measures_against_the_references_intervals(self, evaluation):
        assert evaluation.leading == "lite0_distance"
        lines = summary_lines(evaluation)
        assert re.search(r"Painted pictures are \d+% closer to the real ones than the source is", lines[0])
        (against,) = [line for line in lines if line.startswith("Against the intervals of rival")]
        worse = (
            evaluation.row("tiny").figures["lite0_distance"].value
            > evaluation.row("rival").figures["lite0_distance"].high
        )
        assert ("worse in Lite0 distance" in against) == worse
        (best, *_), worst = evaluation.gallery, evaluation.gallery[-1]
        scores = [picture.scores["tiny"]["lite0_distance"] for picture in evaluation.measured.pictures]
        assert best.picture.scores["tiny"]["lite0_distance"] == min(scores)
        assert worst.picture.scores["tiny"]["lite0_distance"] == max(scores)

    def test_the_file_holds_it_all(self, evaluation):
        content = as_json(evaluation, "pincel evaluate")
        json.dumps(content, allow_nan=False)
        assert [row["name"] for row in content["rows"]] == ["identity", "rival", "tiny"]
        assert "distances" not in content["sets"]
        assert (
            content["sets"]["rows"]["lite0"]["tiny"]["frechet_interval"][1]
            == content["rows"][2]["figures"]["frechet_lite0"]["high"]
        )
        assert content["protocol"]["mse_range"] == [0, 1]
        assert content["metrics"]["ssim"]["better"] == "more"
        ((_, entry),) = as_quality(evaluation, "x").items()
        assert entry["identity_lite0_distance"] == round(values(evaluation, "identity")["lite0_distance"], 3)


class TestRefusal:
    def test_photos_that_were_trained_on_are_refused(self, translator, class_folders, cache_folder, tmp_path):
        cache = build_cache(scan([class_folders]), 160)
        (tmp_path / "mine").mkdir()
        shutil.copy(class_folders / "boat" / "boat2.jpg", tmp_path / "mine" / "holiday.jpg")
        with pytest.raises(PincelError, match=r"1 of 1 pictures were trained on .*holiday\.jpg"):
            evaluate(translator(hashes=list(map(int, cache.hashes))), [tmp_path / "mine"], quiet())

    def test_references_do_the_same_task(self, translator, tiny_model, class_folders):
        with pytest.raises(ModelError, match="'grey one' is for the task colorize, not sketch"):
            evaluate(translator(), [class_folders], quiet(), others=[tiny_model(name="grey one", file="other.onnx")])

    def test_a_missing_partner_is_told_before_anything_is_measured(self, translator, class_folders):
        with pytest.raises(PincelError, match="has no partner"):
            evaluate(
                translator("paired"), [class_folders], quiet(), on_progress=lambda done, total: pytest.fail("read")
            )

    def test_a_source_that_cannot_be_read_is_skipped_and_named(self, translator, pair_folder):
        (pair_folder / "source" / "day" / "1.png").write_bytes(b"\x89PNG")
        evaluation = evaluate(translator("paired"), [pair_folder], quiet())
        assert evaluation.n == 5
        (reason,) = evaluation.measured.skipped.values()
        assert "source/day/1.png" in reason


class TestPage:
    @pytest.mark.parametrize("task", ["sketch", "paired"])
    def test_its_words_fit_the_task(self, translator, pair_folder, tmp_path, task):
        write_report(
            evaluate(translator(task, rgb=(0.1, 0, 0.2)), [pair_folder], quiet()), tmp_path / "out", command="x"
        )
        text = (tmp_path / "out" / "index.html").read_text()
        words = re.sub(r"<style>.*?</style>|data:image/[^\"]*|<[^>]+>", " ", text, flags=re.DOTALL).split("Model card")[
            0
        ]
        assert "identity baseline" in words
        assert f"than the {'sketch' if task == 'sketch' else 'source'} is" in words
        for foreign in ("uncoloured", "grey photo", "when grey", "real colours", "ab-PSNR", "command colorize"):
            assert foreign not in words, foreign
        if task == "paired":
            assert "photo" not in words
        assert text.count("data:image/jpeg") == 3 * 6
        assert "By class" in words

    def test_every_task_keeps_groups_together_and_knows_its_figures(self):
        for task in map(evaluated_task, TASKS):
            groups = [metric.group for metric in task.metrics.values()]
            assert [g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g] == sorted(
                set(groups), key=groups.index
            )
            assert {*task.leading, task.class_metric} <= set(task.metrics)


def _as_square(rgb: np.ndarray) -> np.ndarray:
    """Fitted into a black square of 128 px, as `feature_square` says."""
    import cv2

    height = round(128 * rgb.shape[0] / rgb.shape[1])
    square = np.zeros((128, 128, 3), np.uint8)
    top = (128 - height) // 2
    square[top : top + height] = cv2.resize(rgb, (128, height), interpolation=cv2.INTER_CUBIC)
    return square
