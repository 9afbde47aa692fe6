"""Figures of whole sets: the same as from all features at once, in bounded memory, and never under another's name."""

import math
from pathlib import Path

import numpy as np
import pytest

from pincel.errors import PincelError
from pincel.evaluation import sets
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.headline import summary_lines
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.sets import SetMeter
from pincel.metrics.frechet import frechet_distance, kernel_distance
from pincel.metrics.inception import InceptionMetrics
from pincel.metrics.lite import LiteFeatures, feature_square, pooled_vectors


@pytest.fixture
def squares(smooth_photo) -> tuple[np.ndarray, np.ndarray]:
    """Real and painted, uint8 (11, 128, 128, 3)."""
    real = np.stack([feature_square(smooth_photo(seed, 40, 60)) for seed in range(11)])
    return real, real // 2


def meter_of(real: np.ndarray, painted: dict[str, np.ndarray], **options) -> SetMeter:
    meter = SetMeter(list(painted), inception=False, **options)
    for i in range(len(real)):
        meter.add(real[i], {name: pictures[i] for name, pictures in painted.items()})
        assert len(meter._waiting) < sets.BATCH_SQUARES  # pictures are forgotten
    return meter


def test_batch_by_batch_is_all_at_once(squares):
    real, dark = squares
    found = meter_of(real, {"dark": dark, "same": real}).result()
    assert list(found.rows) == ["lite1", "lite0"]
    for eye, rows in found.rows.items():
        features = LiteFeatures(eye)
        vectors = pooled_vectors(features, real), pooled_vectors(features, dark)
        assert rows["dark"].frechet == pytest.approx(frechet_distance(*vectors), rel=1e-4)
        mean, std = kernel_distance(*vectors, paired=True)
        assert (rows["dark"].mmd, rows["dark"].mmd_std) == pytest.approx((mean, std), rel=1e-3)
        assert rows["same"].frechet == pytest.approx(0, abs=1e-3)
        assert rows["same"].mmd == pytest.approx(0, abs=1e-5)
    assert (found.n, found.square, found.subset_size) == (11, 128, 5)
    one, other = found.rows["lite1"]["dark"], found.rows["lite0"]["dark"]
    assert found.figures("dark") == {
        "frechet_lite1": one.frechet, "mmd_lite1": one.mmd, "frechet_lite0": other.frechet, "mmd_lite0": other.mmd
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_for_a_distance_are_no_error(squares, count):
    real, dark = squares
    row = meter_of(real[:count], {"dark": dark[:count]}).result().rows["lite1"]["dark"]
    assert math.isnan(row.frechet) and math.isnan(row.mmd) and math.isnan(row.mmd_std)


def test_colours_that_are_known_bring_the_set_closer_than_grey(tiny_model, one_colour_photos):
    evaluation = evaluate(tiny_model(ab=(-30, 30)), [one_colour_photos], EvaluateOptions(size=64))
    grey, painted = (evaluation.row(name).figures for name in ("grey", "tiny"))
    for metric in ("frechet_lite1", "mmd_lite1", "frechet_lite0", "mmd_lite0"):
        assert 0 <= painted[metric].value < 0.3 * grey[metric].value
        assert math.isnan(painted[metric].low)
    assert evaluation.measured.sets is not None
    assert evaluation.measured.sets.n == evaluation.n == 6


def test_the_protocol_hardly_matters_and_black_bars_do_not(tiny_model, one_colour_photos):
    model = tiny_model(ab=(-15, 30))
    found = [
        evaluate(model, [one_colour_photos], EvaluateOptions(protocol=protocol, size=128))
        .row("tiny")
        .figures["frechet_lite0"]
        .value
        for protocol in ("letterbox", "photo")
    ]
    assert found[0] == pytest.approx(found[1], rel=0.3)


def test_any_number_of_workers_gives_the_same_figures(tiny_model, class_folders):
    model = tiny_model(ab=(10, 20), slope=(0.2, -0.1))
    one, three = (evaluate(model, [class_folders], EvaluateOptions(size=32), workers=workers) for workers in (1, 3))
    assert one.measured.sets == three.measured.sets


def test_switched_off_there_are_none(tiny_model, one_colour_photos):
    evaluation = evaluate(tiny_model(), [one_colour_photos], EvaluateOptions(size=32, set_metrics=False))
    assert evaluation.measured.sets is None
    assert "frechet_lite0" not in evaluation.row("tiny").figures
    assert not any("Inception" in line for line in summary_lines(evaluation))


class TestInception:
    def test_without_its_weights_it_is_said_so_in_one_sentence(
        self, tiny_model, one_colour_photos, monkeypatch, tmp_path
    ):
        monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
        evaluation = evaluate(tiny_model(), [one_colour_photos], EvaluateOptions(size=32))
        assert evaluation.measured.sets is not None
        assert evaluation.measured.sets.inception == {}
        (line,) = [line for line in summary_lines(evaluation) if "Inception" in line]
        assert line.startswith(
            "Inception Score and FID: not computed, the Inception-v3 weights are not on this machine"
        )

    def test_a_file_that_was_named_and_is_wrong_ends_it_before_any_picture(self, tiny_model, one_colour_photos):
        with pytest.raises(PincelError, match=r"no Inception Score and FID.*no file nowhere\.pth"):
            evaluate(
                tiny_model(),
                [one_colour_photos],
                EvaluateOptions(inception_weights=Path("nowhere.pth")),
                on_progress=lambda done, total: pytest.fail("read"),
            )

    def test_switched_off_it_is_not_looked_for(self, squares):
        assert "--no-inception" in meter_of(squares[0], {"a": squares[1]}).result().inception_missing

    def test_with_its_weights_every_row_and_the_real_set_get_their_figures(self, squares, monkeypatch):
        import torch

        def extractor(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            small = torch.nn.functional.adaptive_avg_pool2d(pictures.float(), 2).flatten(1)  # (N, 12)
            return small, small / 10

        monkeypatch.setattr("pincel.metrics.inception.find_inception", lambda given=None: (Path("weights"), ""))
        monkeypatch.setattr("pincel.metrics.inception.load_inception", lambda place: extractor)
        monkeypatch.setattr("pincel.metrics.inception._AsGiven.num_features", 12)
        real, dark = squares
        meter = SetMeter(["dark", "same"])
        for i in range(len(real)):
            meter.add(real[i], {"dark": dark[i], "same": real[i]})
        found = meter.result()
        assert found.inception_missing == ""
        direct = InceptionMetrics(extractor, ["dark"])
        direct.update(real, {"dark": dark})
        assert found.inception_real == direct.compute()[0]
        assert found.inception["dark"].fid == pytest.approx(direct.compute()[1]["dark"].fid, rel=1e-5)
        assert found.inception["same"].fid == pytest.approx(0, abs=1e-3)
        assert found.inception["same"].score == pytest.approx(found.inception_real.score)
