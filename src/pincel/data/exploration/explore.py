"""`explore`: look at a folder of photos before anything is learnt from it.

``file``: one file. ``folder``: what lies beside the photos. ``summary``: figures of many.
``findings``: what they mean, in words. ``table``: `dataset.csv` and the numbers of `dataset.json`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pincel.data.duplicates import group_near_duplicates
from pincel.data.exploration.file import FileFacts, examine
from pincel.data.exploration.folder import Surroundings, class_names, look_around
from pincel.data.exploration.summary import Summary, summarise
from pincel.data.scan import scan
from pincel.errors import PincelError
from pincel.threads import in_order

__all__ = ["Exploration", "MakeCounter", "explore"]

MakeCounter = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
COMPARED_AT_ONCE = 10_000_000  # pairs of photos; about 300 MB


@dataclass(frozen=True)
class Exploration:
    """What a data set holds.

    Attributes:
        folders: the data sets.
        facts: of every file, by key. classes: of every file.
        groups: near-duplicate group of every file, numbered from 0 in order of appearance; None: cannot be read.
        copies: key of a file -> key of the first file with the very same bytes.
        total: figures of all files. by_class: of each class, in order of the name; empty classes are among them.
        ab_planes: class -> mean of its photos' `pincel.data.exploration.file.ab_shares`, (23, 23).
        surroundings: what else lies in the folders.
    """

    folders: Sequence[Path]
    facts: Sequence[FileFacts]
    classes: Sequence[str]
    groups: Sequence[int | None]
    copies: dict[str, str]
    total: Summary
    by_class: dict[str, Summary]
    ab_planes: dict[str, np.ndarray]
    surroundings: Surroundings

    @property
    def name(self) -> str:
        """Names of the data sets."""
        return ", ".join(Path(folder).resolve().name for folder in self.folders)

    @property
    def plain_folders(self) -> set[str]:
        """Names of the data sets without class folders: all their photos are one class of the data set's name."""
        names = {Path(folder).resolve().name for folder in self.folders}
        with_classes = {name.split("/")[0] for name in self.classes if "/" in name}
        if len(names) == 1:
            with_classes = names if set(self.classes) - names else set()
        return names - with_classes

    def near_duplicates(self) -> list[list[int]]:
        """Groups of two photos or more, as positions in `facts`; the largest first."""
        members: dict[int, list[int]] = defaultdict(list)
        for index, group in enumerate(self.groups):
            if group is not None:
                members[group].append(index)
        return sorted((group for group in members.values() if len(group) > 1), key=lambda group: -len(group))

    def across_classes(self) -> list[list[int]]:
        """The near-duplicate groups whose photos lie in more than one class."""
        return [group for group in self.near_duplicates() if len({self.classes[index] for index in group}) > 1]


def explore(folders: Sequence[Path], *, workers: int | None = None, counter: MakeCounter | None = None) -> Exploration:
    """Read every picture once and measure it; nothing but figures and 8 x 8 thumbnails is kept.

    Args:
        folders: data sets, each a folder of class folders (or of photos).
        workers: files read at once; the number of processors by default.
        counter: makes a progress bar for a stage of the work (`pincel.cli.progress.counter`).

    Raises:
        PincelError: a folder is missing, or there is no picture that can be read.
    """
    bar = counter or (lambda what: nullcontext(lambda done, total: None))
    files = scan(folders)
    classes = class_names(files, several=len(folders) > 1)
    facts: list[FileFacts] = []
    planes: dict[str, np.ndarray] = {}
    with bar("reading") as on_progress:
        for name, (_, (fact, shares)) in zip(classes, in_order(examine, files, workers, on_progress), strict=True):
            facts.append(fact)
            if shares is not None:
                planes[name] = planes.get(name, np.zeros(shares.shape)) + shares
    if all(fact.error for fact in facts):
        raise PincelError(f"none of the {len(files)} pictures can be read; {files[0].path}: {facts[0].error}")
    with bar("comparing"):
        groups = _group(facts)
    copies = _copies(facts)
    surroundings = look_around(folders)
    sizes = Counter(group for group in groups if group is not None)
    members: dict[str, list[int]] = {name: [] for name in sorted({*classes, *surroundings.empty_classes})}
    for index, name in enumerate(classes):
        members[name].append(index)
    by_class = {
        name: summarise([facts[i] for i in part], [groups[i] for i in part], sizes, set(copies))
        for name, part in members.items()
    }
    return Exploration(
        folders=[Path(folder) for folder in folders],
        facts=facts,
        classes=classes,
        groups=groups,
        copies=copies,
        total=summarise(facts, groups, sizes, set(copies)),
        by_class=by_class,
        ab_planes={name: plane / by_class[name].readable for name, plane in planes.items()},
        surroundings=surroundings,
    )


def _group(facts: Sequence[FileFacts]) -> list[int | None]:
    signs = [(index, fact.signature) for index, fact in enumerate(facts) if fact.signature]
    numbers = group_near_duplicates(
        np.array([sign.hash for _, sign in signs], np.uint64),
        np.stack([sign.thumbnail for _, sign in signs]),
        block=max(16, COMPARED_AT_ONCE // len(signs)),
    )
    groups: list[int | None] = [None] * len(facts)
    for (index, _), number in zip(signs, numbers.tolist(), strict=True):
        groups[index] = number
    return groups


def _copies(facts: Sequence[FileFacts]) -> dict[str, str]:
    """Key -> key of the first readable file with the same bytes."""
    first: dict[str, str] = {}
    copies = {}
    for fact in facts:
        if not fact.error and first.setdefault(fact.digest, fact.file.key) != fact.file.key:
            copies[fact.file.key] = first[fact.digest]
    return copies
