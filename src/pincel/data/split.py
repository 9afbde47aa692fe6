"""Who is trained on, who is validated on, who is tested on: a seeded, stratified split kept in a CSV file.

Near-duplicates stay on one side, grey photos are set aside for tasks that learn colour. The file is the truth: it is
stored in every run, and its hash stands in every model's card.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from pincel.data.cache import GREY_CHROMA, PictureCache
from pincel.data.duplicates import group_near_duplicates
from pincel.errors import PincelError
from pincel.files import write_atomically

__all__ = ["SIDES", "Split", "join_splits", "keep_validation", "make_split", "read_split", "split_cache", "write_split"]

SIDES = ("train", "val", "test", "excluded")
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}


@dataclass(frozen=True)
class Split:
    """The side and the near-duplicate group of every picture, by its key (see `pincel.data.scan.PictureFile`)."""

    sides: Mapping[str, str]
    groups: Mapping[str, int]

    def keys(self, side: str) -> list[str]:
        """The pictures of one side, in order."""
        return sorted(key for key, value in self.sides.items() if value == side)

    def to_csv(self) -> str:
        """``picture,group,side`` rows in order of the picture."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["picture", "group", "side"])
        rows.writerows([key, self.groups[key], self.sides[key]] for key in sorted(self.sides))
        return out.getvalue()

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with any row."""
        return hashlib.blake2b(self.to_csv().encode(), digest_size=8).hexdigest()


def make_split(
    keys: Sequence[str],
    labels: Sequence[str],
    groups: Iterable[int],
    *,
    excluded: Iterable[str] = (),
    seed: int = 0,
    shares: Mapping[str, float] = SHARES,
) -> Split:
    """Deal whole groups to train, val and test so that every class keeps the shares.

    Each class is shuffled by the seed and dealt largest groups first, each group to the side that lacks most, what
    earlier classes left it short of included, so that the shares hold within one group's size for large classes and
    for many small ones together. With two pictures or more, both train and val get some.

    Args:
        keys: the pictures.
        labels: class of each.
        groups: near-duplicate group of each.
        excluded: keys that take part in nothing (grey photos, where colour is learnt).
        seed: of the shuffle.
        shares: share of each side, adding up to 1.

    Raises:
        PincelError: fewer than two pictures are left.
    """
    excluded = set(excluded)
    group_of = dict(zip(keys, (int(group) for group in groups), strict=True))
    members: dict[int, list[str]] = defaultdict(list)
    votes: dict[int, list[str]] = defaultdict(list)
    for key, label in zip(keys, labels, strict=True):
        if key not in excluded:
            members[group_of[key]].append(key)
            votes[group_of[key]].append(label)
    if sum(map(len, members.values())) < 2:
        raise PincelError("training needs at least two usable pictures (one to learn from, one to validate on)")

    by_class: dict[str, list[int]] = defaultdict(list)
    for group, names in votes.items():
        by_class[max(sorted(set(names)), key=names.count)].append(group)
    sides = dict.fromkeys(excluded & set(keys), "excluded")
    rng = np.random.default_rng(seed)
    owed = dict.fromkeys(shares, 0.0)  # what earlier classes left a side short of: small classes make up for each other
    for _, class_groups in sorted(by_class.items()):
        dealt = dict.fromkeys(shares, 0)
        order = [class_groups[i] for i in rng.permutation(len(class_groups))]
        for group in sorted(order, key=lambda g: -len(members[g])):
            total = sum(dealt.values()) + len(members[group])
            side = max(shares, key=lambda name: shares[name] * total - dealt[name] + owed[name])
            dealt[side] += len(members[group])
            sides |= dict.fromkeys(members[group], side)
        owed = {name: owed[name] + shares[name] * sum(dealt.values()) - dealt[name] for name in shares}
    _fill_empty_side(sides, group_of, "train", ("val", "test"))
    _fill_empty_side(sides, group_of, "val", ("test", "train"))
    return Split(sides, group_of)


def split_cache(
    cache: PictureCache, *, exclude_grey: bool = True, keep_duplicates_together: bool = True, seed: int = 0
) -> Split:
    """`make_split` of decoded pictures, each data set and class dealt on its own.

    Args:
        cache: the pictures.
        exclude_grey: set grey photos aside.
        keep_duplicates_together: on one side; otherwise every picture is dealt alone, the papers' random split. The
            groups are told either way.
        seed: of the shuffle.

    Raises:
        PincelError: fewer than two pictures are left.
    """
    keys = [file.key for file in cache.files]
    grey = [key for key, chroma in zip(keys, cache.chroma, strict=True) if chroma < GREY_CHROMA]
    groups = group_near_duplicates(cache.hashes, cache.thumbnails).tolist()
    strata = [file.stratum for file in cache.files]
    try:
        dealt_together = groups if keep_duplicates_together else range(len(keys))
        dealt = make_split(keys, strata, dealt_together, excluded=grey if exclude_grey else (), seed=seed)
    except PincelError as error:
        hint = f" ({len(grey)} of {len(keys)} are grey)" if grey else f" (found {len(keys)})"
        raise PincelError(f"{error}{hint}") from None
    return Split(dealt.sides, dict(zip(keys, groups, strict=True)))


def join_splits(cache: PictureCache, splits: Sequence[Split]) -> Split:
    """One split of pictures that several know: the first that knows a picture tells its side.

    So a set can keep the split that its figures were measured on while others are learnt from beside it. A training
    picture that nearly repeats one which an earlier split holds back is set aside.

    Args:
        cache: the pictures.
        splits: the most important first.

    Raises:
        PincelError: none of the splits knows a picture.
    """
    keys = [file.key for file in cache.files]
    groups = group_near_duplicates(cache.hashes, cache.thumbnails).tolist()
    sides: dict[str, str] = {}
    held: set[int] = set()  # groups of what the splits before hold back
    for split in splits:
        new = {key: group for key, group in zip(keys, groups, strict=True) if key in split.sides and key not in sides}
        for key, group in new.items():
            side = split.sides[key]
            sides[key] = "excluded" if side == "train" and group in held else side
        held |= {group for key, group in new.items() if sides[key] in ("val", "test")}
    strange = [key for key in keys if key not in sides]
    if strange:
        raise PincelError(
            f"{len(strange)} of {len(keys)} pictures are in none of these splits, the first is {strange[0]}; "
            "name a split that knows it as well"
        )
    return Split(sides, dict(zip(keys, groups, strict=True)))


def keep_validation(split: Split, keys: Iterable[str], share: float) -> Split:
    """Give most of the validation side to training: for the last training, when all choices have been made by it.

    What stays is spread evenly over the classes; near-duplicates go together. The test side stays as it is.

    Args:
        split: is not changed.
        keys: the pictures there are; the split may know others too.
        share: of the near-duplicate groups of the validation side that stay, 0..1; one stays in any case, 1 changes
            nothing.
    """
    members: dict[int, list[str]] = defaultdict(list)
    for key in sorted(keys):
        if split.sides.get(key) == "val":
            members[split.groups[key]].append(key)
    stay = round(share * len(members))
    kept = {int(place) for place in np.linspace(0, len(members) - 1, max(1, stay))}
    given = [key for place, keys in enumerate(members.values()) if place not in kept for key in keys]
    return Split({**split.sides, **dict.fromkeys(given, "train")}, split.groups)


def read_split(name: str | Path) -> Split:
    """A split by the name it is shipped under (``photos``) or by path.

    Raises:
        PincelError: it does not exist or is not a split file.
    """
    shipped = resources.files("pincel") / "recipes" / "splits" / f"{name}.csv"
    source = shipped if shipped.is_file() else Path(name)
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PincelError(f"split '{name}' is neither shipped with Pincel nor a readable CSV file") from None
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
        split = Split({r["picture"]: r["side"] for r in rows}, {r["picture"]: int(r["group"]) for r in rows})
    except csv.Error as error:
        raise PincelError(
            f"split '{name}' is damaged or no split ({error}); make it anew with 'pincel data split'"
        ) from None
    except (KeyError, ValueError, TypeError):
        raise PincelError(f"split '{name}' needs the columns picture, group, side") from None
    wrong = {side for side in split.sides.values() if side not in SIDES}
    if wrong:
        raise PincelError(f"split '{name}' has the side {sorted(wrong)[0]!r}; allowed: {', '.join(SIDES)}")
    return split


def write_split(split: Split, path: Path) -> None:
    """Write a split's CSV file, whole or not at all.

    Raises:
        PincelError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, split.to_csv().encode())
    except OSError as error:
        raise PincelError(f"{path} cannot be written: {error.strerror}; choose another -o") from None


def _fill_empty_side(sides: dict[str, str], group_of: Mapping[str, int], side: str, donors: Iterable[str]) -> None:
    """A tiny data set can leave a side without pictures: move the smallest group of a donor that can spare it."""
    if side in sides.values():
        return
    for donor in donors:
        keys = sorted(key for key, value in sides.items() if value == donor)
        if len(keys) > (1 if donor == "train" else 0):
            sizes = Counter(group_of[key] for key in reversed(keys))
            smallest = min(sizes, key=lambda group: sizes[group])
            moved = [key for key in keys if group_of[key] == smallest]
            if len(moved) == len(keys) and donor == "train":
                moved = moved[-1:]  # the whole data set is one group
            sides |= dict.fromkeys(moved, side)
            return
