import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from pincel.data.cache import build_cache
from pincel.data.pairs import Pair, PairDataset, PositionSampler, pair_loader
from pincel.data.scan import scan
from pincel.data.views import AugmentRecipe
from pincel.tasks import TASKS

COUNTS, BATCHES, SEEDS = st.integers(1, 40), st.integers(1, 9), st.integers(0, 1000)


def flat(sampler: PositionSampler) -> list[tuple[int, int]]:
    return [example for batch in sampler for example in batch]


@pytest.fixture
def cache(class_folders, cache_folder):
    return build_cache(scan([class_folders]), 40)


@pytest.fixture
def make_dataset(cache):
    def make(**changes) -> PairDataset:
        settings = {"indices": range(24), "labels": [i // 8 for i in range(24)], "size": 32, "seed": 3} | changes
        return PairDataset(cache, task=TASKS["colorize"], **settings)

    return make


def test_dropped_labels_become_unknown_in_their_share_and_change_nothing_else(make_dataset):
    plain = make_dataset(augmentation=AugmentRecipe())
    dropping = make_dataset(augmentation=AugmentRecipe(), label_dropout=0.3, unknown=3)
    examples = [(index, position) for position, index in enumerate([*range(24)] * 20)]
    labels = [int(dropping[example].label) for example in examples]
    assert 0.22 < sum(label == 3 for label in labels) / len(labels) < 0.38
    assert all(label in (3, index // 8) for label, (index, _) in zip(labels, examples, strict=True))
    for example in examples[:24]:
        assert torch.equal(dropping[example].target, plain[example].target)
    validation = make_dataset(label_dropout=1.0, unknown=3)
    assert [int(validation[i].label) for i in range(24)] == [i // 8 for i in range(24)]


def test_padding_can_be_made_to_count(make_dataset):
    masked, counted = make_dataset(), make_dataset(mask_padding=False)
    assert 0 < masked[0].mask.mean() < 1
    assert counted[0].mask.min() == 1
    assert torch.equal(counted[0].target, masked[0].target)


@settings(max_examples=40, deadline=None)
@given(COUNTS, BATCHES, SEEDS)
def test_every_pass_is_a_permutation_in_an_order_of_its_own(count, batch, seed):
    examples = flat(PositionSampler(count, batch, steps=-(-3 * count // batch), seed=seed))
    passes = [[index for index, _ in examples[i * count : (i + 1) * count]] for i in range(3)]
    assert all(sorted(one) == list(range(count)) for one in passes)
    if count > 20:
        assert passes[0] != passes[1] != passes[2] != list(range(count))


@settings(max_examples=40, deadline=None)
@given(COUNTS, BATCHES, SEEDS, st.integers(0, 12))
def test_starting_from_the_middle_gives_the_same_tail(count, batch, seed, done):
    whole = list(PositionSampler(count, batch, steps=20, seed=seed))
    assert list(PositionSampler(count, batch, steps=20 - done, start=done * batch, seed=seed)) == whole[done:]


@settings(max_examples=40, deadline=None)
@given(COUNTS, BATCHES, SEEDS, st.integers(1, 4), st.integers(0, 50))
def test_devices_share_out_what_one_device_would_see(count, batch, seed, world, start):
    ranks = [PositionSampler(count, batch, 5, start, seed, rank, world) for rank in range(world)]
    together = [[key for part in parts for key in part] for parts in zip(*ranks, strict=True)]
    assert together == list(PositionSampler(count, batch * world, 5, start, seed))


def test_positions_count_on_from_the_start():
    assert [position for _, position in flat(PositionSampler(5, 2, 3, start=7))] == [7, 8, 9, 10, 11, 12]


def test_the_length_is_the_number_of_batches():
    sampler = PositionSampler(10, 3, 4)
    assert len(sampler) == len(list(sampler)) == 4
    assert [len(batch) for batch in sampler] == [3, 3, 3, 3]


def test_another_seed_is_another_order():
    assert flat(PositionSampler(30, 5, 6, seed=0)) != flat(PositionSampler(30, 5, 6, seed=1))


def test_a_validation_pair_is_the_letterboxed_photo_as_scikit_image_sees_it(make_dataset, cache):
    pair = make_dataset()[1]
    rgb = cache[1]
    height, width = rgb.shape[:2]
    assert (height, width) == (40, 44)  # into 32 px: 29 x 32, one row of padding above and two below
    expected = np.zeros((32, 32), np.float32)
    expected[1:30] = 1
    np.testing.assert_array_equal(pair.mask[0], expected)
    small = (pair.mask[0] > 0).numpy()
    from skimage.transform import resize as area_resize

    lab = rgb2lab(area_resize(rgb, (29, 32), order=1, anti_aliasing=False))
    assert np.abs((pair.source[0].numpy()[small].reshape(29, 32) + 1) * 50 - lab[..., 0]).mean() < 1.5
    for channel in (0, 1):
        painted = pair.target[channel].numpy()[small].reshape(29, 32) * 110
        assert np.abs(painted - lab[..., channel + 1]).mean() < 2


def test_padding_is_black_and_has_no_colour(make_dataset):
    pair = make_dataset()[1]
    outside = pair.mask[0] == 0
    assert outside.any()
    assert (pair.source[0][outside] == -1).all()
    assert pair.target[:, outside].abs().max() < 1e-4


def test_shapes_kinds_and_ranges_are_as_promised(make_dataset):
    pair = make_dataset(augmentation=AugmentRecipe())[5, 77]
    assert [tuple(part.shape) for part in pair] == [(1, 32, 32), (2, 32, 32), (), (1, 32, 32)]
    assert [part.dtype for part in pair] == [torch.float32, torch.float32, torch.int64, torch.float32]
    assert pair.source.min() >= -1
    assert pair.source.max() <= 1
    assert pair.target.abs().max() <= 1
    assert set(pair.mask.unique().tolist()) <= {0.0, 1.0}


def test_labels_and_indices_belong_together(make_dataset, cache):
    dataset = make_dataset(indices=[20, 2, 9], labels=[2, 0, 1])
    assert len(dataset) == 3
    assert [int(dataset[i].label) for i in range(3)] == [2, 0, 1]
    torch.testing.assert_close(dataset[1].source, make_dataset()[2].source, rtol=0, atol=0)


def test_a_view_depends_on_seed_and_position_and_on_nothing_else(make_dataset):
    dataset = make_dataset(augmentation=AugmentRecipe())
    first = dataset[4, 1000]
    torch.rand(17)
    again = make_dataset(augmentation=AugmentRecipe())[4, 1000]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.source, dataset[4, 1001].source)
    assert not torch.equal(first.source, make_dataset(augmentation=AugmentRecipe(), seed=4)[4, 1000].source)


def test_making_a_pair_leaves_torchs_random_state_alone(make_dataset):
    dataset = make_dataset(augmentation=AugmentRecipe(), grey_share=0.5)
    before = torch.get_rng_state()
    dataset[0, 5]
    assert torch.equal(torch.get_rng_state(), before)


def test_validation_views_never_change(make_dataset):
    dataset = make_dataset(grey_share=1.0)
    assert torch.equal(dataset[3, 0].source, dataset[3, 999].source)


def test_the_grey_share_is_shown_the_grey_value_that_scanners_store(make_dataset, cache):
    still = AugmentRecipe(flip=False, min_scale=1, letterbox=1, brightness=0, contrast=0)
    light, grey = (make_dataset(augmentation=still, grey_share=share)[0, 9] for share in (0.0, 1.0))
    assert torch.equal(light.target, grey.target)
    assert (light.source - grey.source).abs().max() > 0.05
    from pincel.imaging.resize import letterbox

    view = letterbox(cache[0], 32)[0].astype(np.float64)
    rec601 = np.round(view @ [0.299, 0.587, 0.114]) / 255
    lightness = rgb2lab(np.repeat(rec601[..., None], 3, axis=2))[..., 0]
    np.testing.assert_allclose((grey.source[0] + 1) * 50, lightness, atol=0.5)


def test_about_the_wanted_share_of_sources_is_grey(make_dataset):
    still = AugmentRecipe(flip=False, min_scale=1, letterbox=1, brightness=0, contrast=0)
    coloured, mixed = (make_dataset(augmentation=still, grey_share=share) for share in (0.0, 0.3))
    grey = sum(not torch.equal(coloured[0, p].source, mixed[0, p].source) for p in range(300))
    assert 58 < grey < 122  # 4 standard deviations round 90


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_changes_nothing(make_dataset, workers):
    dataset = make_dataset(augmentation=AugmentRecipe(), grey_share=0.5)
    sampler = PositionSampler(24, 4, 7, start=10)
    for alone, helped in zip(pair_loader(dataset, sampler, 0), pair_loader(dataset, sampler, workers), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(alone, helped, strict=True))


def test_batches_are_pairs_of_stacked_examples(make_dataset):
    dataset = make_dataset(augmentation=AugmentRecipe())
    batch = next(iter(pair_loader(dataset, PositionSampler(24, 4, 1), 0)))
    assert isinstance(batch, Pair)
    assert [tuple(part.shape) for part in batch] == [(4, 1, 32, 32), (4, 2, 32, 32), (4,), (4, 1, 32, 32)]
    index, position = next(iter(PositionSampler(24, 4, 1)))[2]
    assert torch.equal(batch.target[2], dataset[index, position].target)


@pytest.mark.parametrize("workers", [0, 1])
def test_opening_a_loader_leaves_torchs_random_state_alone(make_dataset, workers):
    # a resumed run opens its loader once more than an uninterrupted one, and must still draw the same numbers
    loader = pair_loader(make_dataset(), PositionSampler(24, 4, 2), workers)
    before = torch.get_rng_state()
    list(loader)
    assert torch.equal(torch.get_rng_state(), before)


def test_channels_last_changes_the_layout_and_no_value(make_dataset):
    batch = next(iter(pair_loader(make_dataset(), PositionSampler(24, 4, 1), 0)))
    turned = batch.to_channels_last()
    assert turned.target.is_contiguous(memory_format=torch.channels_last)
    assert all(torch.equal(a, b) for a, b in zip(batch, turned, strict=True))


def test_what_is_drawn_out_of_the_photo_is_shown_and_padding_is_white_paper(cache):
    seen = []

    def draw(view):
        seen.append(view)
        return np.full(view.shape[:2], 51, np.uint8)

    dataset = PairDataset(cache, range(24), [0] * 24, TASKS["sketch"], 32, draw=draw)
    pair = dataset[1]
    assert (pair.mask == 0).any()
    np.testing.assert_allclose(pair.source[pair.mask == 0], 1)
    np.testing.assert_allclose(pair.source[pair.mask == 1], -0.6, atol=1e-6)
    np.testing.assert_allclose(pair.target, TASKS["sketch"].encode_target(seen[0]))


def test_both_sides_of_a_pair_are_cut_and_turned_alike(cache):
    inverted = [255 - cache[i] for i in range(24)]
    everything = AugmentRecipe(rotation=15, zoom=0.1, flip_vertical=True, brightness=0, contrast=0, letterbox=0.3)
    dataset = PairDataset(cache, range(24), [0] * 24, TASKS["paired"], 32, everything, sources=inverted, seed=1)
    views = []
    for position in range(24):
        pair = dataset[position, position]
        inside = pair.mask.expand_as(pair.source) == 1
        np.testing.assert_allclose(pair.source[inside], -pair.target[inside], atol=0.02)
        views.append(pair.mask.mean().item())
    assert len(set(views)) > 5  # they did turn


def test_a_source_of_another_size_is_brought_to_the_target_s(cache):
    small = [cache[i][::2, ::2] for i in range(24)]
    pair = PairDataset(cache, range(24), [0] * 24, TASKS["paired"], 32, sources=small)[3]
    assert pair.source.shape == pair.target.shape
    assert (pair.source - pair.target).abs().mean() < 0.1


def test_a_whole_picture_can_be_its_middle_square(cache):
    pair = PairDataset(cache, range(24), [0] * 24, TASKS["paired"], 20, sources=cache, fit="square")[1]
    rgb = cache[1]  # 40 x 44
    expected = rgb[:, 2:42].reshape(20, 2, 20, 2, 3).mean((1, 3))
    np.testing.assert_allclose((pair.target.permute(1, 2, 0) + 1) * 127.5, expected, atol=1)
    assert pair.mask.min() == 1


def test_old_film_changes_what_is_shown_and_nothing_else(make_dataset):
    film = {"share": 0.7, "red_blind": 0.5, "soft": 0.3, "halved": 0.3}
    plain = make_dataset(augmentation=AugmentRecipe(), label_dropout=0.3, unknown=3, grey_share=0.3)
    old = make_dataset(augmentation=AugmentRecipe(film=film), label_dropout=0.3, unknown=3, grey_share=0.3)
    changed = 0
    for position in range(60):
        before, after = plain[position % 24, position], old[position % 24, position]
        assert all(torch.equal(before[i], after[i]) for i in (1, 2, 3))
        assert after.source.dtype == torch.float32
        assert after.source.shape == before.source.shape
        assert after.source.abs().max() <= 1
        assert (after.source[after.mask == 0] == -1).all()
        changed += not torch.equal(before.source, after.source)
        assert all(map(torch.equal, after, old[position % 24, position]))
    assert 29 < changed < 55
    assert torch.equal(make_dataset()[3].source, make_dataset(augmentation=None)[3].source)


def test_old_film_is_for_tasks_that_keep_lightness(cache):
    film = AugmentRecipe(film={"share": 1})
    pairs = [PairDataset(cache, range(24), [0] * 24, TASKS["paired"], 32, a)[2, 5] for a in (film, AugmentRecipe())]
    assert all(map(torch.equal, *pairs))
