"""Views made in batches against those of `PairDataset`, which makes them one by one."""

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torchvision.transforms import v2

from pincel.data import device_views, photos_on_device, view_matrices
from pincel.data.cache import PictureCache, build_cache
from pincel.data.chance import keys_of
from pincel.data.device_views import DeviceViews
from pincel.data.pairs import Pair, PairDataset, PositionSampler, pair_loader
from pincel.data.photos_on_device import PhotosOnDevice
from pincel.data.scan import scan
from pincel.data.view_choices import FILM_NUMBERS, Choices
from pincel.data.views import ASPECTS, AugmentRecipe
from pincel.tasks import TASKS

CPU = torch.device("cpu")
STILL = {"flip": False, "min_scale": 1, "letterbox": 1, "brightness": 0, "contrast": 0}
LIVELY = {"flip_vertical": True, "quarter_turns": 0.4, "rotation": 20, "zoom": 0.1, "letterbox": 0.4, "min_scale": 0.3}
FILM = {"share": 0.6, "red_blind": 0.5, "soft": 0.3, "halved": 0.3, "grainy": 0.6}


@pytest.fixture
def cache(class_folders, cache_folder) -> PictureCache:
    return build_cache(scan([class_folders]), 40)


@pytest.fixture
def make_pairs(cache):
    """``make_pairs("colorize", size=24, **recipe)`` -> the dataset of all pictures, with that augmentation."""

    def make(task="colorize", size=32, sources=None, shares=(), **recipe) -> PairDataset:
        labels = [i // 8 for i in range(24)]
        views, options = AugmentRecipe(**recipe), dict(shares)
        return PairDataset(cache, range(24), labels, TASKS[task], size, views, sources=sources, seed=3, **options)

    return make


def on_device(pairs: PairDataset) -> DeviceViews:
    return DeviceViews(pairs, PhotosOnDevice(pairs.cache, CPU))


def examples(count: int, start: int = 0) -> list[tuple[int, int]]:
    return [(position % 24, position) for position in range(start, start + count)]


def made(views: DeviceViews, wanted: list[tuple[int, int]]) -> Pair:
    (batch,) = views.batches([wanted])
    return batch


def one_by_one(pairs: PairDataset, wanted: list[tuple[int, int]]) -> Pair:
    return Pair(*map(torch.stack, zip(*(pairs[example] for example in wanted), strict=True)))


def chosen(pairs: PairDataset, wanted: list[tuple[int, int]]) -> Choices:
    """What `PairDataset` draws for these examples, in its own order."""
    recipe, rows = pairs.augmentation, []

    def share(of: float) -> bool:
        return bool(of and torch.rand(()) < of)

    def change(largest: float) -> float:
        return 1 + largest * (2 * float(torch.rand(())) - 1) if largest else 1.0

    for index, position in wanted:
        height, width = pairs.cache[pairs.indices[index]].shape[:2]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(np.random.SeedSequence((pairs.seed, position)).generate_state(1, np.uint64)[0])
            whole = bool(torch.rand(()) < recipe.letterbox)
            box = (0, 0, height, width)
            if not whole:
                crop = v2.RandomResizedCrop(pairs.size, (recipe.min_scale, 1), ASPECTS)
                params = crop.make_params([torch.zeros(3, height, width)])
                box = tuple(params[name] for name in ("top", "left", "height", "width"))
            flips = share(0.5 * recipe.flip), share(0.5 * recipe.flip_vertical)
            turns = int(torch.randint(1, 4, ())) if share(recipe.quarter_turns) else 0
            turn, scale = (2 * torch.rand(2) - 1).tolist() if recipe.rotation or recipe.zoom else (0.0, 0.0)
            moved = turn * recipe.rotation, 1 + scale * recipe.zoom
            tones = change(recipe.brightness), change(recipe.contrast)
            grey, unlabelled = (bool(torch.rand(()) < of) for of in (pairs.grey_share, pairs.label_dropout))
        rows.append((whole, *box, *flips, turns, *moved, *tones, grey, unlabelled, False))
    return Choices(*map(np.array, zip(*rows, strict=True)), np.zeros((len(rows), FILM_NUMBERS), np.float32))


@pytest.mark.parametrize("size", [24, 57])
@pytest.mark.parametrize("recipe", [STILL, {}, LIVELY, LIVELY | {"brightness": 0, "contrast": 0}])
@pytest.mark.parametrize("task", ["colorize", "paired"])
def test_equal_choices_give_the_views_of_the_dataset(make_pairs, cache, task, size, recipe):
    sources = None if task == "colorize" else [255 - cache[i][::-1] for i in range(24)]
    shares = {"grey_share": 0.4 * (task == "colorize"), "label_dropout": 0.3, "unknown": 3}
    pairs, wanted = make_pairs(task, size, sources, shares, **recipe), examples(32)
    views = on_device(pairs)
    if sources is not None:
        flat = np.concatenate([rgb.ravel() for rgb in sources])
        other = PictureCache([], {}, flat, cache.offsets, cache.heights, cache.widths, *[np.zeros(0)] * 3)
        views = DeviceViews(pairs, views.sides[0][0], (PhotosOnDevice(other, CPU), range(24)))
    index, position = np.array(wanted).T
    found = views.make(index, chosen(pairs, wanted), keys_of(3, torch.from_numpy(position)))
    expected = one_by_one(pairs, wanted)
    assert torch.equal(found.mask, expected.mask)
    assert torch.equal(found.label, expected.label)
    assert [part.dtype for part in found] == [part.dtype for part in expected]
    toned = pairs.augmentation.brightness or pairs.augmentation.contrast
    levels = 3 if toned else 1  # each change of tone cuts off once more
    for name in ("source", "target"):
        apart = (getattr(found, name) - getattr(expected, name)).abs()
        if task == "paired":  # in levels of 255
            assert apart.max() * 127.5 <= levels + 1e-3
            assert apart.mean() * 127.5 < 0.3
        else:  # in Lab units: a level, and OpenCV's tables
            scale = 50 if name == "source" else 110
            assert apart.max() * scale < 1.7 * levels + 0.6
            assert apart.mean() * scale < 0.25


def test_both_ways_spread_alike(make_pairs):
    """Mean and spread of what a batch holds, over 700 views; film changes what is shown."""
    shares = {"grey_share": 0.3, "label_dropout": 0.2, "unknown": 3}
    pairs = make_pairs(size=16, shares=shares, **LIVELY, film=FILM)
    found, expected = made(on_device(pairs), examples(700)), one_by_one(pairs, examples(700, 5000))

    def figures(batch: Pair) -> torch.Tensor:
        half = batch.target[..., :8].mean((1, 2, 3)) - batch.target[..., 8:].mean((1, 2, 3))
        steps = (batch.source[..., 1:] - batch.source[..., :-1]).abs().mean((1, 2, 3))  # of softness and grain
        flat = [part.flatten(1) for part in (batch.source, batch.target)]
        each = [batch.mask.mean((1, 2, 3)), (batch.label == 3).float(), half, half.abs(), steps]
        return torch.stack(each + [fold(part) for part in flat for fold in (lambda x: x.mean(1), lambda x: x.std(1))])

    one, other = figures(found), figures(expected)
    error = ((one.var(1) + other.var(1)) / 700).sqrt()
    assert ((one.mean(1) - other.mean(1)).abs() < 4 * error).all()
    assert (one.std(1) / other.std(1) - 1).abs().max() < 0.15


def test_the_grey_share_and_the_film_share_are_kept(make_pairs):
    plain = made(on_device(make_pairs(**STILL)), examples(400))
    for share, changed in (
        (0.3, {"shares": {"grey_share": 0.3}}),
        (0.5, {"film": {"share": 0.5}}),
    ):
        other = made(on_device(make_pairs(**STILL, **changed)), examples(400))
        differing = (other.source != plain.source).flatten(1).any(1).float().mean()
        assert abs(differing - share) < 0.11
        assert torch.equal(other.target, plain.target)


def test_film_stays_in_range_leaves_the_outside_alone_and_is_the_pictures_own(make_pairs):
    pairs = make_pairs(film=FILM, **LIVELY)
    whole = made(on_device(pairs), examples(24))
    assert whole.source.abs().max() <= 1
    assert (whole.source[whole.mask == 0] == -1).all()
    some = made(on_device(pairs), examples(24)[7:13])
    for name in Pair._fields:
        torch.testing.assert_close(getattr(some, name), getattr(whole, name)[7:13], atol=0.02, rtol=0)


def test_a_view_depends_on_seed_and_position_and_on_no_other_of_its_batch(make_pairs):
    pairs = make_pairs(shares={"grey_share": 0.4, "label_dropout": 0.3, "unknown": 3}, **LIVELY)
    views = on_device(pairs)
    whole, again = made(views, examples(24, 100)), made(on_device(pairs), examples(24, 100))
    assert all(map(torch.equal, whole, again))
    for start, count in ((100, 8), (108, 15), (123, 1)):
        part = made(views, examples(count, start))
        at = slice(start - 100, start - 100 + count)
        assert torch.equal(part.label, whole.label[at])
        assert torch.equal(part.mask, whole.mask[at])
        for name in ("source", "target"):  # sums of other lengths may round the other way
            torch.testing.assert_close(getattr(part, name), getattr(whole, name)[at], atol=0.03, rtol=0)
    assert not torch.equal(made(views, [(4, 1)]).target, made(views, [(4, 2)]).target)
    pairs.seed = 4
    assert not torch.equal(made(on_device(pairs), examples(24, 100)).target, whole.target)


def test_devices_share_out_what_one_would_see(make_pairs):
    views = on_device(make_pairs(size=16, **LIVELY))
    whole = list(views.batches(PositionSampler(24, 6, 4, seed=1)))
    ranks = [list(views.batches(PositionSampler(24, 3, 4, 0, 1, rank, 2))) for rank in range(2)]
    for together, *parts in zip(whole, *ranks, strict=True):
        joined = Pair(*map(torch.cat, zip(*parts, strict=True)))
        assert torch.equal(joined.label, together.label)
        torch.testing.assert_close(joined.target, together.target, atol=0.03, rtol=0)


def test_padding_can_be_made_to_count(make_pairs):
    masked, counted = (
        made(on_device(make_pairs(shares={"mask_padding": counts}, **STILL)), examples(6)) for counts in (True, False)
    )
    assert 0 < masked.mask.mean() < 1
    assert counted.mask.min() == 1
    assert torch.equal(counted.target, masked.target)


def test_an_a_of_another_size_shows_the_same_view_as_its_b(make_pairs, cache):
    small = [cache[i][::2, ::2].copy() for i in range(24)]
    pairs = make_pairs("paired", 24, sources=small, **LIVELY, brightness=0, contrast=0)
    sizes = np.array([rgb.shape[:2] for rgb in small])
    offsets = np.cumsum([0, *(rgb.size for rgb in small)])[:-1]
    flat = np.concatenate([rgb.ravel() for rgb in small])
    other = PictureCache([], {}, flat, offsets, sizes[:, 0], sizes[:, 1], *[np.zeros(0)] * 3)
    views = DeviceViews(pairs, PhotosOnDevice(cache, CPU), (PhotosOnDevice(other, CPU), range(24)))
    found = made(views, examples(48))
    assert (found.source - found.target).abs().mean() < 0.1
    assert (found.source.roll(3, -1) - found.target).abs().mean() > 0.15


def test_no_random_state_of_torch_is_used(make_pairs):
    before = torch.get_rng_state()
    made(on_device(make_pairs(film=FILM, **LIVELY)), examples(8))
    assert torch.equal(torch.get_rng_state(), before)


def test_on_a_gpu_no_step_waits_for_it_or_takes_what_lies_elsewhere(make_pairs, cache, monkeypatch):
    """Without a GPU: tensors that are only shapes and places, which refuse to be mixed and to be looked at."""
    for module in (device_views, photos_on_device, view_matrices):
        monkeypatch.setattr(module, "sent", lambda values, device: torch.as_tensor(values).to(device))
    gpu = torch.device("cuda", 0)
    pairs = make_pairs(size=16, shares={"grey_share": 0.4, "label_dropout": 0.3, "unknown": 3}, **LIVELY)
    index, keys = np.arange(24), keys_of(3, torch.arange(24))
    choices = on_device(pairs).draw(index, keys)
    with FakeTensorMode(allow_non_fake_inputs=True):
        batch = DeviceViews(pairs, PhotosOnDevice(cache, gpu)).make(index, choices, keys)
        assert {part.device for part in batch} == {gpu}
        assert batch.target.shape == (24, 2, 16, 16)


def test_batches_have_the_shapes_of_the_loaders(make_pairs):
    pairs, sampler = make_pairs(), PositionSampler(24, 4, 3)
    for mine, theirs in zip(on_device(pairs).batches(sampler), pair_loader(pairs, sampler, 0), strict=True):
        assert [part.shape for part in mine] == [part.shape for part in theirs]
        assert not mine.source.requires_grad
