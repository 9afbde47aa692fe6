"""The arithmetic around Inception-v3, with features set by hand; that nothing else is taken for it."""

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from pincel.errors import PincelError
from pincel.metrics import inception
from pincel.metrics.frechet import frechet_distance
from pincel.metrics.inception import INCEPTION_FILE, InceptionMetrics, find_inception, load_inception


def extractor(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """In place of the network: the 12 pixels of a 2 x 2 picture as features, the first one's red as class."""
    logits = torch.zeros(len(pictures), 1008)
    logits[torch.arange(len(pictures)), pictures[:, 0, 0, 0].long()] = 40
    return pictures.float().flatten(1), logits


@pytest.fixture
def _few_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception._AsGiven, "num_features", 12)


def of_classes(classes: list[int], seed: int = 0) -> np.ndarray:
    """(N, 2, 2, 3) pictures that `extractor` takes for these classes."""
    pictures = np.random.default_rng(seed).integers(0, 256, (len(classes), 2, 2, 3), dtype=np.uint8)
    pictures[:, 0, 0, 0] = classes
    return pictures


@pytest.mark.usefixtures("_few_features")
@pytest.mark.filterwarnings("error")
class TestFigures:
    def test_the_score_counts_classes_that_are_sure_and_equally_many(self):
        metrics = InceptionMetrics(extractor, ["one", "all"])
        for start in range(0, 400, 100):
            real = of_classes([i % 2 for i in range(100)], start)
            metrics.update(real, {"one": of_classes([7] * 100), "all": of_classes([i % 4 for i in range(100)])})
        real, painted = metrics.compute()
        assert painted["one"].score == pytest.approx(1)
        assert real.score == pytest.approx(2, abs=0.1)  # classes are not quite equally many in every split
        assert painted["all"].score == pytest.approx(4, abs=0.3)
        assert 0 < painted["all"].score_std < 0.3
        assert real.fid is None

    def test_fid_is_the_frechet_distance_of_the_features(self):
        real, painted = of_classes(list(range(40)), 1), of_classes([3] * 40, 2)
        metrics = InceptionMetrics(extractor, ["painted", "same"])
        for rows in (slice(0, 15), slice(15, 40)):
            metrics.update(real[rows], {"painted": painted[rows], "same": real[rows]})
        _, found = metrics.compute()
        planes = (pictures.transpose(0, 3, 1, 2).reshape(40, -1) for pictures in (real, painted))
        assert found["painted"].fid == pytest.approx(frechet_distance(*planes), rel=1e-5)
        assert found["same"].fid == pytest.approx(0, abs=1e-3)

    def test_the_same_pictures_give_the_same_figures_and_the_dice_of_others_stay(self):
        found = []
        for _ in range(2):
            torch.manual_seed(len(found))
            metrics = InceptionMetrics(extractor, ["a"])
            metrics.update(of_classes([1, 2] * 10), {"a": of_classes([3, 4, 5, 6] * 5)})
            before = torch.random.get_rng_state()
            found.append(metrics.compute())
            assert torch.equal(before, torch.random.get_rng_state())
        assert found[0] == found[1]

    def test_one_picture_has_no_fid(self):
        metrics = InceptionMetrics(extractor, ["a"])
        with pytest.raises(ValueError, match="at least 1 picture"):
            metrics.compute()
        metrics.update(of_classes([1]), {"a": of_classes([1])})
        assert math.isnan(metrics.compute()[1]["a"].fid or 0)


class TestWeights:
    @pytest.fixture
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Torch's cache in the test's own folder, and torch-fidelity that can be found."""
        monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(inception, "find_spec", lambda name: object())
        (tmp_path / "checkpoints").mkdir()
        return tmp_path / "checkpoints"

    def test_missing_weights_are_told_with_their_name_and_place(self, cache):
        place, why = find_inception()
        assert place is None
        assert "not on this machine" in why
        assert INCEPTION_FILE in why
        assert str(cache) in why
        assert "pip install" not in why

    def test_a_home_folder_is_not_named(self, cache, monkeypatch):
        monkeypatch.setattr(Path, "home", lambda: cache.parent)
        assert "into ~/checkpoints" in find_inception()[1]

    def test_a_missing_package_is_told(self, cache, monkeypatch):
        monkeypatch.setattr(inception, "find_spec", lambda name: None)
        assert "pip install torch-fidelity" in find_inception()[1]
        (cache / INCEPTION_FILE).write_bytes(b"weights")
        assert find_inception()[1].endswith("pip install torch-fidelity")

    def test_a_given_file_that_is_not_there_is_told(self, cache):
        assert "no file elsewhere.pth" in find_inception(Path("elsewhere.pth"))[1]

    def test_other_weights_under_the_right_name_are_refused(self, cache):
        (cache / INCEPTION_FILE).write_bytes(b"another network")
        place, why = find_inception()
        assert place is None
        assert "not the Inception-v3" in why
        with pytest.raises(PincelError, match="not the Inception-v3"):
            load_inception(cache / INCEPTION_FILE)

    def test_the_right_file_is_found_in_the_cache_or_where_it_was_given(self, cache, monkeypatch, tmp_path):
        for path in (cache / INCEPTION_FILE, tmp_path / "mine.pth"):
            path.write_bytes(b"the very weights")
        monkeypatch.setattr(inception, "INCEPTION_SHA256", hashlib.sha256(b"the very weights").hexdigest())
        assert find_inception() == (cache / INCEPTION_FILE, "")
        assert find_inception(tmp_path / "mine.pth") == (tmp_path / "mine.pth", "")


def test_the_network_of_torch_fidelity_fits(tmp_path, monkeypatch):
    network = pytest.importorskip(
        "torch_fidelity.feature_extractor_inceptionv3", reason="torch-fidelity is not installed"
    )
    with monkeypatch.context() as patch:  # its real weights are not at hand: random ones of the same shapes
        patch.setattr(network.FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        patch.setattr(network.torch, "load", lambda *args, **kwargs: {})
        state = network.FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], "none").state_dict()
    torch.save(state, tmp_path / "random.pth")
    digest = hashlib.sha256((tmp_path / "random.pth").read_bytes()).hexdigest()
    monkeypatch.setattr(inception, "INCEPTION_SHA256", digest)
    metrics = InceptionMetrics(load_inception(tmp_path / "random.pth"), [])
    metrics.update(np.zeros((2, 128, 128, 3), np.uint8), {})
    assert metrics.compute()[0].score == pytest.approx(1)  # equal pictures
