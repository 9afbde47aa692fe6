import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from torch import nn

from pincel.data.cache import build_cache
from pincel.data.pairs import PairDataset
from pincel.data.scan import scan
from pincel.tasks import TASKS
from pincel.training.validate import validate, write_samples

CPU = torch.device("cpu")


class Painter(nn.Module):
    """Paints ``shade`` times the colour that it has been told for a source."""

    def __init__(self, pairs: PairDataset, shade: float) -> None:
        super().__init__()
        self.known = [(pairs[i].source, pairs[i].target * shade) for i in range(len(pairs))]
        self.modes: list[bool] = []

    def forward(self, source, label=None):
        self.modes.append(self.training)
        return torch.stack([next(ab for known, ab in self.known if torch.equal(known, one)) for one in source])


@pytest.fixture
def pairs(class_folders, cache_folder) -> PairDataset:
    cache = build_cache(scan([class_folders]), 40)
    return PairDataset(cache, range(0, 24, 4), [0] * 6, TASKS["colorize"], 32)


def test_the_real_colours_score_perfectly(pairs):
    scores = validate(Painter(pairs, 1.0), pairs, CPU)
    assert scores == {"loss": 0, "ciede2000": pytest.approx(0, abs=1e-6), "colourfulness_ratio": pytest.approx(1)}


def test_grey_scores_what_scikit_image_measures_without_the_padding(pairs):
    scores = validate(Painter(pairs, 0.0), pairs, CPU)
    differences, errors = [], []
    assert any((pairs[i].mask == 0).any() for i in range(len(pairs)))
    for i in range(len(pairs)):
        pair = pairs[i]
        height = int(pair.mask[0].any(1).sum())
        width = int(pair.mask[0].any(0).sum())
        from pincel.imaging.resize import resize

        lab = rgb2lab(resize(pairs.cache[pairs.indices[i]], height, width))
        differences.append(deltaE_ciede2000(lab * [1, 0, 0], lab).mean())
        errors.append(np.abs(lab[..., 1:]).mean() / 110)
    assert scores["ciede2000"] == pytest.approx(np.mean(differences), abs=0.3)  # 8-bit rounding
    assert scores["loss"] == pytest.approx(np.mean(errors), abs=2e-3)
    assert scores["colourfulness_ratio"] == pytest.approx(0, abs=0.02)


def test_paler_is_worse_and_less_colourful(pairs):
    whole, half, none = (validate(Painter(pairs, shade), pairs, CPU) for shade in (1.0, 0.5, 0.0))
    for name in ("loss", "ciede2000"):
        assert whole[name] < half[name] < none[name]
    assert 0.35 < half["colourfulness_ratio"] < 0.65
    assert half["loss"] == pytest.approx(none["loss"] / 2, rel=1e-4)


@pytest.mark.parametrize("batch", [1, 4])
def test_the_batch_changes_no_score(pairs, batch):
    whole = validate(Painter(pairs, 0.3), pairs, CPU)
    assert validate(Painter(pairs, 0.3), pairs, CPU, batch=batch) == pytest.approx(whole)


def test_the_painter_is_measured_in_evaluation_mode_without_gradients(pairs):
    painter = Painter(pairs, 0.5).train()
    validate(painter, pairs, CPU)
    assert painter.modes == [False]


def test_samples_are_grey_painted_and_real_below_each_other(pairs, tmp_path):
    path = tmp_path / "deeper" / "sheet.png"
    write_samples(Painter(pairs, 0.5), pairs, 4, CPU, path)
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (3 * 32, 4 * 32, 3)
    grey, painted, real = (sheet[32 * i : 32 * i + 32].astype(int) for i in range(3))
    assert np.ptp(grey, axis=2).max() <= 1
    from pincel.imaging.resize import letterbox

    for column, i in enumerate((0, 1, 3, 5)):  # spread evenly over six pictures
        wanted = letterbox(pairs.cache[pairs.indices[i]], 32)[0].astype(int)
        assert np.abs(real[:, 32 * column : 32 * column + 32] - wanted).max() <= 2
    spreads = [np.ptp(part, axis=2).mean() for part in (grey, painted, real)]
    assert spreads == sorted(spreads)


def test_no_more_samples_than_pictures_and_no_sheet_for_none(pairs, tmp_path):
    write_samples(Painter(pairs, 0.5), pairs, 99, CPU, tmp_path / "all.png")
    assert Image.open(tmp_path / "all.png").size == (6 * 32, 3 * 32)
    write_samples(Painter(pairs, 0.5), pairs, 0, CPU, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
