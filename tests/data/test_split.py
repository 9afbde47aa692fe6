from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincel.data.split import SHARES, SIDES, Split, keep_validation, make_split, read_split
from pincel.errors import PincelError

# (class, size of the near-duplicate group) of each group of a data set
GROUPS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 5)), min_size=2, max_size=60)


def pictures(groups) -> tuple[list[str], list[str], list[int]]:
    rows = [
        (f"set/{label}/{number:03d}-{i}.jpg", label, number)
        for number, (label, size) in enumerate(groups)
        for i in range(size)
    ]
    keys, labels, numbers = map(list, zip(*rows, strict=True))
    return keys, labels, numbers


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 2**32 - 1))
def test_near_duplicates_stay_on_one_side(groups, seed):
    keys, labels, numbers = pictures(groups)
    split = make_split(keys, labels, numbers, seed=seed)
    sides_of_group = {(group, split.sides[key]) for key, group in zip(keys, numbers, strict=True)}
    assert len(sides_of_group) == len(groups)


def test_near_duplicates_stay_together_when_a_tiny_set_must_still_fill_its_validation_side():
    # every class alone is too small to give anything away: one group has to move, as a whole
    split = make_split(["a/1", "z/1", "z/2"], ["a", "z", "z"], [0, 1, 1])
    assert split.sides["z/1"] == split.sides["z/2"]
    assert set(split.sides.values()) == {"train", "val"}


def test_a_set_that_is_one_group_still_gets_a_validation_side():
    split = make_split(["a/1", "a/2"], ["a", "a"], [0, 0])
    assert sorted(split.sides.values()) == ["train", "val"]


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 2**32 - 1))
def test_every_class_keeps_the_shares_within_its_largest_group(groups, seed):
    keys, labels, numbers = pictures(groups)
    split = make_split(keys, labels, numbers, seed=seed)
    if len(set(split.sides.values())) < 3:
        return  # so small that val was filled by hand
    for label in set(labels):
        mine = [key for key, other in zip(keys, labels, strict=True) if other == label]
        dealt = Counter(split.sides[key] for key in mine)
        largest = max(size for other, size in groups if other == label)
        for side, share in SHARES.items():
            assert abs(dealt[side] - share * len(mine)) <= largest


@settings(max_examples=40, deadline=None)
@given(GROUPS, st.integers(0, 2**32 - 1))
def test_every_picture_has_one_side_and_both_working_sides_have_some(groups, seed):
    keys, labels, numbers = pictures(groups)
    split = make_split(keys, labels, numbers, seed=seed)
    assert set(split.sides) == set(keys)
    assert split.keys("train")
    assert split.keys("val")


def test_a_thousand_single_pictures_are_dealt_80_10_10():
    keys = [f"s/{i:04d}" for i in range(1000)]
    split = make_split(keys, ["s"] * 1000, range(1000), seed=5)
    assert Counter(split.sides.values()) == {"train": 800, "val": 100, "test": 100}


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    keys, labels, numbers = pictures([("A", 1)] * 40)
    splits = [make_split(keys, labels, numbers, seed=seed) for seed in (1, 1, 2)]
    assert splits[0].digest == splits[1].digest != splits[2].digest


def test_one_class_more_does_not_disturb_the_classes_before_it():
    alone = pictures([("A", 1)] * 30)
    more = pictures([("A", 1)] * 30 + [("B", 2)] * 9)
    before, after = make_split(*alone, seed=3).sides, make_split(*more, seed=3).sides
    assert {key: after[key] for key in before} == before


@settings(max_examples=40, deadline=None)
@given(GROUPS, st.floats(0, 1))
def test_what_validation_gives_away_is_whole_groups_and_goes_to_training(groups, share):
    keys, labels, numbers = pictures(groups)
    split = make_split(keys, labels, numbers)
    less = keep_validation(split, keys, share)
    changed = {key for key in keys if split.sides[key] != less.sides[key]}
    assert all((split.sides[key], less.sides[key]) == ("val", "train") for key in changed)
    before, after = ({split.groups[key] for key in dealt.keys("val")} for dealt in (split, less))
    assert len(after) == max(1, round(share * len(before)))
    assert not after & {split.groups[key] for key in changed}


def test_what_validation_keeps_is_spread_over_the_classes_of_the_pictures_there_are():
    keys = [f"set/{label}/{number:02d}" for label in "ABC" for number in range(20)]
    split = Split(dict.fromkeys([*keys, "other/A/00"], "val"), {key: i for i, key in enumerate([*keys, "other/A/00"])})
    less = keep_validation(split, reversed(keys), 0.05)
    assert less.keys("val") == ["other/A/00", "set/A/00", "set/B/09", "set/C/19"]
    assert keep_validation(split, keys, 1) == split


def test_excluded_pictures_take_part_in_nothing():
    keys = [f"s/{i}" for i in range(20)]
    split = make_split(keys, ["s"] * 20, range(20), excluded=keys[:5] + ["s/not-here"])
    assert split.keys("excluded") == sorted(keys[:5])
    assert sum(len(split.keys(side)) for side in ("train", "val", "test")) == 15
    assert "s/not-here" not in split.sides


def test_excluded_pictures_count_for_no_share():
    keys = [f"s/{i:02d}" for i in range(60)]
    split = make_split(keys, ["s"] * 60, range(60), excluded=keys[:50])
    assert Counter(split.sides.values()) == {"excluded": 50, "train": 8, "val": 1, "test": 1}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_usable_pictures_are_refused(count):
    with pytest.raises(PincelError, match="at least two usable pictures"):
        make_split(["a", "b", "c"], ["s"] * 3, range(3), excluded=["a", "b", "c"][count:])


def test_a_group_across_classes_counts_for_the_class_most_of_it_is_in():
    keys = ["a/1", "b/1", "b/2"] + [f"b/x{i}" for i in range(20)]
    split = make_split(keys, [key[0] for key in keys], [0, 0, 0, *range(1, 21)])
    assert len({split.sides[key] for key in keys[:3]}) == 1


def test_the_csv_is_sorted_and_reads_back_as_the_same_split(tmp_path):
    split = Split({"b,x": "val", "a": "train", "ü": "excluded"}, {"b,x": 4, "a": 0, "ü": 2})
    path = tmp_path / "mine.csv"
    path.write_text(split.to_csv(), encoding="utf-8")
    assert split.to_csv().splitlines() == ["picture,group,side", "a,0,train", '"b,x",4,val', "ü,2,excluded"]
    assert read_split(path) == split


def test_the_digest_changes_with_any_side_and_any_group():
    base = Split({"a": "train", "b": "val"}, {"a": 0, "b": 1})
    other_side = Split({"a": "train", "b": "test"}, base.groups)
    other_group = Split(base.sides, {"a": 0, "b": 0})
    assert len({base.digest, other_side.digest, other_group.digest}) == 3
    assert len(base.digest) == 16


def test_the_shipped_split_is_read_by_name_and_keeps_groups_together():
    split = read_split("photos")
    count = Counter(split.sides.values())
    used = count["train"] + count["val"] + count["test"]
    assert set(count) <= set(SIDES)
    for side, share in SHARES.items():
        assert count[side] / used == pytest.approx(share, abs=0.005)
    sides = {(split.groups[key], side) for key, side in split.sides.items() if side != "excluded"}
    assert len(sides) == len({group for group, _ in sides})


def test_a_split_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(PincelError, match="'nosuch' is neither shipped"):
        read_split("nosuch")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"picture,side\na,train\n", "columns picture, group, side"),
        (b"picture,group,side\na,one,train\n", "columns picture, group, side"),
        (b"picture,group,side\na,1\n", "allowed: train, val, test, excluded"),
        (b"picture,group,side\na,1,dev\n", "'dev'; allowed: train, val, test, excluded"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "CSV"),
    ],
    ids=["column missing", "group no number", "side missing", "unknown side", "a picture"],
)
def test_a_file_that_is_no_split_is_explained(tmp_path, content, hint):
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(PincelError, match=hint):
        read_split(path)


def test_many_classes_of_a_few_pictures_make_up_for_each_other():
    keys = [f"{label}/{i}" for label in range(30) for i in range(4)]
    split = make_split(keys, [key.split("/")[0] for key in keys], range(120), seed=1)
    counts = {side: len(split.keys(side)) for side in ("train", "val", "test")}
    assert counts["train"] == pytest.approx(96, abs=2)
    assert counts["val"] == pytest.approx(12, abs=2)
    assert counts["test"] == pytest.approx(12, abs=2)


def test_a_split_with_an_endless_field_is_refused(tmp_path):
    (tmp_path / "long.csv").write_text(f"picture,group,side\na,0,train\n{'b' * 200_000},1,val\n")
    with pytest.raises(PincelError, match=r"long.csv' is damaged or no split \(field larger than .*\); make it anew"):
        read_split(tmp_path / "long.csv")
