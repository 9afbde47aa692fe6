"""An exploration as files for other programs: `dataset.csv`, one row a file, and the content of `dataset.json`."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pincel.data.cache import CACHE_SIDE, GREY_CHROMA
from pincel.data.duplicates import COLOUR_RMS_ALIKE, HASH_BITS_ALIKE, HASH_BITS_SURE
from pincel.data.exploration.explore import Exploration
from pincel.data.exploration.file import AB_CENTRES, LOW_CHROMA, FileFacts
from pincel.data.exploration.findings import findings, headline

__all__ = ["COLUMNS", "to_csv", "to_json"]

COLUMNS = (
    "key",
    "class",
    "format",
    "suffix",
    "mislabelled",
    "width",
    "height",
    "aspect",
    "bytes",
    "mode",
    "high_chroma",
    "grey",
    "mean_L",
    "mean_a",
    "mean_b",
    "group",
    "exact_duplicate_of",
    "error",
)


def to_csv(found: Exploration) -> str:
    """One row a file, in order of the key; what is unknown of an unreadable file is empty.

    ``group`` is the number of the near-duplicate group: files of one number are nearly the same.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for fact, name, group in zip(found.facts, found.classes, found.groups, strict=True):
        rows.writerow(_row(fact, name, group, found.copies.get(fact.file.key, "")))
    return out.getvalue()


def to_json(found: Exploration) -> dict[str, Any]:
    """Every number of the report as JSON values; undefined ones are None."""
    copies: dict[str, list[str]] = defaultdict(list)
    for key, first in found.copies.items():
        copies[first].append(key)
    facts = found.facts
    return {
        "headline": headline(found),
        "findings": [asdict(finding) for finding in findings(found)],
        "folders": [str(folder) for folder in found.folders],
        "total": asdict(found.total),
        "classes": {name: asdict(summary) for name, summary in found.by_class.items()},
        "formats": _counts(fact.format or "unknown" for fact in facts),
        "modes": _counts(fact.mode or "unknown" for fact in facts),
        "suffixes": _counts(fact.suffix for fact in facts),
        "unreadable": {fact.file.key: fact.error for fact in facts if fact.error},
        "mislabelled": {fact.file.key: fact.format for fact in facts if fact.mislabelled},
        "grey": [fact.file.key for fact in facts if fact.grey],
        "pale": [fact.file.key for fact in facts if fact.pale],
        "exact_duplicates": dict(sorted(copies.items())),
        "near_duplicates": [[facts[index].file.key for index in group] for group in found.near_duplicates()],
        "empty_classes": found.surroundings.empty_classes,
        "other_files": found.surroundings.other_files,
        "pictures_under_other_endings": found.surroundings.unlooked_pictures,
        "ab_planes": {
            "centres": AB_CENTRES.tolist(),
            "rows": "b",
            "columns": "a",
            "share_of_pixels": {name: plane.round(6).tolist() for name, plane in found.ab_planes.items()},
        },
        "thresholds": {
            "grey_below_chroma": GREY_CHROMA,
            "pale_below_chroma": LOW_CHROMA,
            "chroma": f"98th percentile over the pixels, Lab units, at a short side of {CACHE_SIDE} px",
            "near_duplicate_bits_sure": HASH_BITS_SURE,
            "near_duplicate_bits_alike": HASH_BITS_ALIKE,
            "near_duplicate_colour_rms": COLOUR_RMS_ALIKE,
        },
    }


def _row(fact: FileFacts, name: str, group: int | None, copy_of: str) -> list[object]:
    light, a, b = (round(value, 3) for value in fact.mean_lab) if fact.mean_lab else ("", "", "")
    readable = fact.high_chroma is not None
    return [
        fact.file.key,
        name,
        fact.format,
        fact.suffix,
        _bool(fact.mislabelled),
        fact.width,
        fact.height,
        round(fact.aspect, 4) if fact.aspect else "",
        fact.bytes,
        fact.mode,
        round(fact.high_chroma, 3) if fact.high_chroma is not None else "",
        _bool(fact.grey) if readable else "",
        light,
        a,
        b,
        "" if group is None else group,
        copy_of,
        fact.error,
    ]


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
