"""What the figures of a data set mean, in plain words, the most important first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pincel.data.cache import GREY_CHROMA
from pincel.data.exploration.explore import Exploration
from pincel.data.exploration.file import LOW_CHROMA
from pincel.text import counted

__all__ = ["Finding", "findings", "headline"]

PREPARED_SIDE = 128  # px, the colorization paper's square
IMBALANCE = 3.0  # largest class over smallest from which on it is worth a sentence of its own
MUCH_PADDING = 0.2


@dataclass(frozen=True)
class Finding:
    """One thing to know.

    Attributes:
        level: ``mend`` (do something about it), ``know``, ``good``.
        text: what it is: "57 photos are grey: they teach no colour."
        advice: what to do about it, or what Pincel does; may be empty.
    """

    level: str
    text: str
    advice: str = ""


def headline(found: Exploration) -> str:
    """The whole in one sentence: how many photos, and how many are left to learn colour from."""
    total, classes = found.total, sum(summary.files > 0 for summary in found.by_class.values())
    where = f" in {classes:,} classes" if classes > 1 else ""
    color = total.readable - total.grey
    start = f"{counted(total.files, 'photo')}{where}"
    if color == total.files:
        return f"{start}; {'all of them teach' if total.files > 1 else 'it teaches'} colour."
    return f"{start}; {color:,} of them {'teaches' if color == 1 else 'teach'} colour."


def findings(found: Exploration) -> list[Finding]:
    """What a reader should know before training: what to mend, what to know, what is well."""
    everything = [
        *_files(found),
        *_copies(found),
        *_color(found),
        *_near_duplicates(found),
        *_classes(found),
        *_sizes(found),
    ]
    order = ("mend", "know", "good")
    return sorted(everything, key=lambda finding: order.index(finding.level))


def _files(found: Exploration) -> list[Finding]:
    total, around, result = found.total, found.surroundings, []
    if total.unreadable:
        them = "it" if total.unreadable == 1 else "them"
        text = f"{_does(total.unreadable, 'file')} damaged or no picture: nothing can be learnt from {them}."
        result.append(Finding("mend", text, f"Copy {them} again or delete {them}; the reasons are listed below."))
    else:
        result.append(Finding("good", "Every file can be read."))
    if total.mislabelled:
        kinds = Counter(f"{fact.format} named {fact.suffix}" for fact in found.facts if fact.mislabelled)
        listed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
        text = f"{_does(total.mislabelled, 'file')} not what the name says: {listed}."
        result.append(
            Finding("mend", text, "Pincel goes by the content; other programs may not. Rename what is wrong.")
        )
    elif not total.unreadable:
        result.append(Finding("good", "Every file's name ends as the format inside does."))
    unlooked = len(around.unlooked_pictures)
    if unlooked:
        text = f"{_does(unlooked, 'picture', 'has', 'have')} a name that does not end like a picture's."
        result.append(Finding("mend", text, "Pincel passes such files by; rename them."))
    others = Counter(around.other_files)
    others.subtract(Path(key).suffix.lower() for key in around.unlooked_pictures)
    if others.total():
        endings = ", ".join(ending or "no ending" for ending, count in others.most_common(5) if count)
        result.append(Finding("know", f"{_does(others.total(), 'other file')} passed by, being no picture: {endings}."))
    return result


def _copies(found: Exploration) -> list[Finding]:
    total = found.total
    if not total.copies:
        return [Finding("good", "No file is there twice.")]
    class_of = {fact.file.key: name for fact, name in zip(found.facts, found.classes, strict=True)}
    astray = sum(class_of[key] != class_of[first] for key, first in found.copies.items())
    result = []
    if astray:
        text = f"{_does(astray, 'photo')} in two classes at once: the same bytes under two labels."
        result.append(Finding("mend", text, "One of the labels is wrong."))
    text = f"{_does(total.copies, 'file')} an exact copy of another."
    advice = "A copy counts twice in training; delete it. A split by group keeps copies on one side."
    return [*result, Finding("mend", text, advice)]


def _color(found: Exploration) -> list[Finding]:
    total, result = found.total, []
    if total.grey:
        they = "it teaches" if total.grey == 1 else "they teach"
        where = _mostly(found, {name: summary.grey for name, summary in found.by_class.items()})
        text = f"{_does(total.grey, 'photo')} grey{where}: {they} no colour."
        result.append(Finding("know", text, "Training leaves them out (data.exclude_grey), and so does evaluation."))
    else:
        result.append(Finding("good", "No photo is grey."))
    if total.pale:
        text = f"{_does(total.pale, 'photo', 'has', 'have')} hardly any colour."
        advice = (
            f"The strongest colours in them lie between {GREY_CHROMA:g} and {LOW_CHROMA:g} Lab units of chroma. "
            "Training uses them, and learns that things are nearly grey. Look at them below."
        )
        result.append(Finding("know", text, advice))
    return result


def _near_duplicates(found: Exploration) -> list[Finding]:
    total, across = found.total, found.across_classes()
    if not total.near_duplicates:
        return [Finding("good", "No two photos are nearly the same.")] if total.readable > 1 else []
    groups = counted(len(found.near_duplicates()), "group")
    where = _mostly(found, {name: summary.near_duplicates for name, summary in found.by_class.items()})
    text = (
        f"{counted(total.near_duplicates, 'photo')} nearly repeat another ({groups}{where}): "
        f"{total.readable:,} photos show {counted(total.scenes, 'different scene')}."
    )
    advice = "A random split tests on what was trained on. Keep each group on one side, as Pincel's own splits do."
    result = [Finding("know", text, advice)]
    if across:
        text = f"{_does(len(across), 'group', 'has', 'have')} near-duplicates from more than one class."
        result.append(Finding("know", text, "Look at them below: alike by chance, or a wrong label?"))
    return result


def _classes(found: Exploration) -> list[Finding]:
    empty, result = found.surroundings.empty_classes, []
    if empty:
        text = f"{_does(len(empty), 'class folder')} empty: {_listed(empty)}."
        advice = "Put photos in, or delete the folder: a class without photos is not learnt."
        result.append(Finding("mend", text, advice))
    counts = {name: summary.readable for name, summary in found.by_class.items() if summary.files}
    if len(counts) < 2:
        return result
    single = [name for name, count in counts.items() if count < 2]
    if single:
        few = _does(len(single), "class", "has", "have", "classes")
        text = f"{few} one photo or none that can be read: {_listed(single)}."
        result.append(Finding("mend", text, "A class cannot be both learnt and tested with one photo."))
    names = [Path(folder).resolve().name for folder in found.folders]
    loose = sum(found.by_class[name].files for name in names if name in counts and name not in found.plain_folders)
    if loose:
        text = f"{_does(loose, 'photo', 'lies', 'lie')} beside the class folders."
        result.append(Finding("know", text, "Such photos are a class of their own, which has the data set's name."))
    large, small = (pick(counts, key=lambda name: counts[name]) for pick in (max, min))
    ratio = counts[large] / max(1, counts[small])
    text = (
        f"The largest class ({large}, {counts[large]:,}) has {ratio:,.1f} times the photos of the smallest "
        f"({small}, {counts[small]:,})"
    )
    if ratio >= IMBALANCE:
        advice = "Small classes are learnt worse; judge them one by one, not by the mean of all."
        return [*result, Finding("know", f"{text}: the classes are far from equal.", advice)]
    return [*result, Finding("good", f"{text}: the classes are about equal.")]


def _sizes(found: Exploration) -> list[Finding]:
    result = []
    long_sides = [max(fact.width, fact.height) for fact in found.facts if fact.width and fact.height]
    small = sum(side < PREPARED_SIDE for side in long_sides)
    if small:
        text = f"{_does(small, 'photo')} smaller than {PREPARED_SIDE} px on the long side."
        result.append(Finding("know", text, f"Prepared at {PREPARED_SIDE} px they are enlarged, and stay soft."))
    padding = found.total.padding or 0.0
    if padding >= MUCH_PADDING:
        text = f"Fitted into a square, {padding:.0%} of it stays black on average."
        result.append(Finding("know", text, "Pincel's mask keeps the black out of losses and figures."))
    return result


def _mostly(found: Exploration, counts: dict[str, int]) -> str:
    """Where most of them are, as ``, most of them in fruit``; "" without several classes, or when none has most."""
    total, name = sum(counts.values()), max(counts, key=lambda name: counts[name])
    several = sum(summary.files > 0 for summary in found.by_class.values()) > 1
    if not several or total < 3 or counts[name] <= total / 2:
        return ""
    return f", all of them in {name}" if counts[name] == total else f", most of them in {name}"


def _does(count: int, noun: str, one: str = "is", many: str = "are", nouns: str = "") -> str:
    """``1 photo is``, ``2 photos are``."""
    return f"{counted(count, noun, nouns)} {one if count == 1 else many}"


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
