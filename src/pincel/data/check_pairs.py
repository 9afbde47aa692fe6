"""Look a folder of pairs through: orphans, different sizes, empty and unreadable files, doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pincel.data.pair_folders import COLOR, GRAY
from pincel.data.source_target import SOURCE, TARGET, by_name
from pincel.errors import PictureError, PincelError
from pincel.imaging.find import pictures_below
from pincel.imaging.read import read
from pincel.threads import in_order

__all__ = ["CheckedPairs", "Finding", "check_pairs"]

Kind = Literal["orphan", "size", "width", "empty", "unreadable", "double"]
KINDS: dict[Kind, str] = {
    "orphan": "without a partner",
    "double": "of a name that is there twice",
    "empty": "empty",
    "unreadable": "not readable",
    "size": "of different sizes",
    "width": "of odd width",
}


@dataclass(frozen=True)
class Finding:
    """Something to mend: what kind, at which picture, and what to know."""

    kind: Kind
    path: str
    message: str


@dataclass(frozen=True)
class CheckedPairs:
    """What there is, and what is to mend.

    Attributes:
        folders: what was looked through.
        layout: the two sides' names, or ``side by side``.
        pairs: pairs with nothing to mend.
        findings: in the order of kinds, then of names.
    """

    folders: tuple[str, ...]
    layout: str
    pairs: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The whole as plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """What a user wants to know."""
        pairs = "1 sound pair" if self.pairs == 1 else f"{self.pairs} sound pairs"
        head = f"{' and '.join(self.folders)} ({self.layout}): {pairs}"
        if not self.findings:
            return [f"{head}; nothing to mend"]
        counts = Counter(finding.kind for finding in self.findings)
        summary = ", ".join(f"{counts[kind]} {said}" for kind, said in KINDS.items() if counts[kind])
        return [f"{head}; to mend: {summary}", *(f"  {finding.message}" for finding in self.findings)]


def check_pairs(
    folders: Sequence[Path],
    *,
    side_by_side: bool = False,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CheckedPairs:
    """Open every picture of a folder of pairs and say what is to mend.

    Args:
        folders: one folder with ``source/`` and ``target/`` or with ``color/`` and ``gray/`` in it, or two folders; or
            folders of A|B pictures.
        side_by_side: whether the pictures are A|B.
        workers: pictures read at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: a folder is missing or of no known layout, or there is no picture.
    """
    for folder in folders:
        if not folder.is_dir():
            raise PincelError(f"{folder} does not exist or is not a folder")
    layout, sides = _sides(folders, side_by_side)
    paths = [path for side in sides for found in side.values() for path in found]
    if not paths:
        raise PincelError(f"there are no pictures in {' and '.join(map(str, folders))}")
    findings: list[Finding] = []
    sizes: dict[Path, tuple[int, int]] = {}
    for path, found in in_order(_size, paths, workers, on_progress):
        if isinstance(found, Finding):
            findings.append(found)
        else:
            sizes[path] = found
    if len(sides) == 1:
        findings += _odd(sizes)
        sound = sum(width % 2 == 0 for width, _ in sizes.values())
    else:
        wrong, sound = _match(sides[0], sides[1], sizes)
        findings += wrong
    order = list(KINDS)
    findings.sort(key=lambda finding: (order.index(finding.kind), finding.path))
    return CheckedPairs(tuple(map(str, folders)), layout, sound, tuple(findings))


Side = dict[str, list[Path]]  # relative name without suffix -> pictures


def _sides(folders: Sequence[Path], side_by_side: bool) -> tuple[str, list[Side]]:
    if side_by_side:
        return "side by side", [{str(path): [path] for folder in folders for path in pictures_below(folder)}]
    if len(folders) == 2:
        return "two folders", [by_name(folder) for folder in folders]
    if len(folders) == 1:
        for names in ((SOURCE, TARGET), (COLOR, GRAY)):
            if all((folders[0] / name).is_dir() for name in names):
                prefixes = [f"{name}_" if name in (COLOR, GRAY) else "" for name in names]
                sides = [by_name(folders[0] / name, prefix) for name, prefix in zip(names, prefixes, strict=True)]
                return f"{names[0]} and {names[1]}", sides
    what = f"{folders[0]} holds" if len(folders) == 1 else "there are"
    raise PincelError(
        f"{what} neither {SOURCE}/ and {TARGET}/ nor {COLOR}/ and {GRAY}/; name the two folders of the pairs, or add "
        "--side-by-side if the pictures are A|B"
    )


def _size(path: Path) -> tuple[int, int] | Finding:
    """Width and height, upright, or what is wrong with the file."""
    try:
        if path.stat().st_size == 0:
            return Finding("empty", str(path), f"{path} is empty (0 bytes)")
        picture = read(path)
    except PictureError as error:
        return Finding("unreadable", str(path), str(error))
    except OSError as error:
        return Finding("unreadable", str(path), f"{path} cannot be read ({error.strerror or error})")
    return picture.width, picture.height


def _odd(sizes: dict[Path, tuple[int, int]]) -> list[Finding]:
    return [
        Finding("width", str(path), f"{path} is {width} px wide: an odd width is not two pictures side by side")
        for path, (width, _) in sizes.items()
        if width % 2
    ]


def _match(first: Side, second: Side, sizes: dict[Path, tuple[int, int]]) -> tuple[list[Finding], int]:
    """What is wrong between the sides, and how many pairs are sound."""
    findings: list[Finding] = []
    sound = 0
    for name in sorted(first.keys() | second.keys()):
        both = [first.get(name, []), second.get(name, [])]
        doubles = [paths for paths in both if len(paths) > 1]
        findings += [
            Finding("double", str(one), f"{one} and {another} have one name but for the suffix")
            for one, another, *_ in doubles
        ]
        if not all(both):
            findings += [Finding("orphan", str(path), f"{path} has no partner") for path in both[0] + both[1]]
        elif not doubles:
            left, right = both[0][0], both[1][0]
            if left not in sizes or right not in sizes:
                continue  # found already
            if sizes[left] == sizes[right]:
                sound += 1
            else:
                said = ["{} x {}".format(*sizes[path]) for path in (left, right)]
                findings.append(Finding("size", str(left), f"{left} is {said[0]} px, {right} {said[1]} px"))
    return findings, sound
