"""What there is to paint: files, folders and globs in, one job a picture out; and what was passed over."""

from __future__ import annotations

import glob
import importlib.util
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pincel.errors import PincelError
from pincel.extras import install_line
from pincel.imaging.find import files_below
from pincel.imaging.kinds import HEAD_BYTES, KINDS, kind_of, named
from pincel.imaging.read import PICTURE_SUFFIXES, count_pages
from pincel.imaging.write import FORMATS
from pincel.runtime.finished import results_in

__all__ = ["Found", "Job", "find_jobs", "kinds_text", "name_results"]

SUFFIXES_OF = {"jpeg": {".jpg", ".jpeg"}, "tiff": {".tif", ".tiff"}}


@dataclass(frozen=True)
class Job:
    """One picture to paint.

    Attributes:
        source: its file.
        name: its path below the output folder, with the file's own suffix.
        page: which picture of the file, from 1.
        pages: how many the file has.
        writes: whether its format is one of those that are written.
    """

    source: Path
    name: Path
    page: int = 1
    pages: int = 1
    writes: bool = True

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.source}, page {self.page}" if self.pages > 1 else str(self.source)


@dataclass(frozen=True)
class Found:
    """The jobs, how many files of which kind were passed over, and a sentence for each folder that cannot be read."""

    jobs: list[Job]
    passed_over: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)


def find_jobs(inputs: Iterable[str | Path], out: Path | None = None, pages: str | None = None) -> Found:
    """Files as they are, folders recursively, globs expanded; each picture once, in order.

    What a file is, is told by its content. A picture from a folder keeps its path below that folder. Files of one name
    from different places keep as much of their path as tells them apart. A file of several pages is a job a page.

    Args:
        inputs: files, folders and globs.
        out: folder of the results; what lies there is not painted again.
        pages: which pages of files with several, as ``2`` or ``1,3-5``; all by default.

    Raises:
        PincelError: an input does not exist, ``pages`` cannot be understood, or there is no picture at all.
    """
    wanted = _pages(pages)
    jobs: dict[Path, Job] = {}
    passed_over: Counter[str] = Counter()
    results = results_in(out) if out else set()  # found again where OUT is the folder itself
    seen: set[Path] = set()
    refused: list[str] = []

    def take(file: Path, name: Path, by_name: bool) -> None:
        real = file.resolve()
        if real in seen:
            return
        seen.add(real)
        kind = _kind(file)
        is_picture = kind in KINDS and not (kind == "heic" and not _reads_heic())
        if is_picture or by_name or (kind in ("unknown", "empty") and file.suffix.lower() in PICTURE_SUFFIXES):
            jobs[real] = Job(file, name, writes=kind not in KINDS or KINDS[kind].lower() in FORMATS)
        else:
            passed_over["HEIC" if kind == "heic" else named(kind)] += 1

    def search(folder: Path) -> None:
        for file in files_below(folder, _inside(out, folder), refused.append):
            if file.resolve() not in results:
                take(file, file.relative_to(folder), False)

    for given in map(str, inputs):
        path = Path(given)
        if path.is_dir():
            search(path)
        elif path.exists():
            take(path, Path(path.name), True)
        elif glob.has_magic(given):
            found = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207, any root
            for file in found:
                if file.is_dir():
                    search(file)
                elif file.is_file():
                    take(file, Path(file.name), False)
            if not found:
                raise PincelError(f"no file matches {given}")
        else:
            raise PincelError(f"{given} does not exist; check the name")
    if not jobs and refused:
        raise PincelError("; ".join(refused))
    if not jobs:
        kinds = f"; there are {kinds_text(passed_over)}" if passed_over else ""
        raise PincelError(f"there is no picture in what was given (JPEG, PNG, TIFF, WebP, BMP are looked for){kinds}")
    apart = _tell_apart(list(jobs.values()))
    return Found([page for job in apart for page in _by_page(job, wanted)], passed_over, refused)


def kinds_text(passed_over: Counter[str]) -> str:
    """``2 RAW, 1 PDF``; where HEIC is among them, how it could be read.

    >>> kinds_text(Counter({"PDF": 1, "RAW": 2}))
    '2 RAW, 1 PDF'
    """
    text = ", ".join(f"{count} {kind}" for kind, count in passed_over.most_common())
    return f"{text}; HEIC: {install_line('heic')}" if passed_over["HEIC"] else text


def name_results(jobs: Sequence[Job], file_format: str | None) -> dict[Job, Path]:
    """Each job's result below the output folder; no two are one file, also where upper and lower case are the same.

    ``a.jpg`` beside ``a.png`` as PNG is ``a.jpg.png``; page 2 of ``album.tif`` is ``album-2.tif``. The suffix ``.*``
    stands for ``.jpg`` or ``.png``: which, is known when the picture is read.
    """
    natural = {job: _natural(job, file_format) for job in jobs}
    counts = Counter(key for name in natural.values() for key in _keys(name))
    names: dict[Job, Path] = {}
    taken: set[str] = set()
    for job in sorted(jobs, key=lambda job: natural[job] != job.name):  # those that keep their own name first
        name = natural[job]
        if (name != job.name and any(counts[key] > 1 for key in _keys(name))) or _keys(name) & taken:
            page = f"-{job.page}" if job.pages > 1 else ""
            whole = name.with_name(f"{job.name.name}{page}{name.suffix}")
            name, number = whole, 2
            while _keys(name) & taken:
                name = whole.with_name(f"{job.name.name}{page}-{number}{whole.suffix}")
                number += 1
        taken |= _keys(name)
        names[job] = name
    return names


def _natural(job: Job, file_format: str | None) -> Path:
    page = f"-{job.page}" if job.pages > 1 else ""
    suffix = job.name.suffix
    if file_format:
        kept = suffix.lower() in SUFFIXES_OF.get(file_format, {FORMATS[file_format]})
        suffix = suffix if kept else FORMATS[file_format]
    elif not job.writes:
        suffix = ".*"  # known once it is read
    elif suffix.lower() not in PICTURE_SUFFIXES:
        suffix = ".*"
    return job.name.with_name(f"{job.name.stem}{page}{suffix}")


def _keys(name: Path) -> set[str]:
    """The files that a name may become; a suffix that is not known yet may become either."""
    suffixes = (".jpg", ".png") if name.suffix == ".*" else (name.suffix,)
    return {str(name.with_suffix(suffix)).casefold() for suffix in suffixes}


def _pages(text: str | None) -> set[int] | None:
    if text is None:
        return None
    wanted: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?", part)
        if not match or int(match[1]) < 1 or int(match[2] or match[1]) < int(match[1]):
            raise PincelError(f"--pages {text} cannot be understood; say it as 2 or as 1,3-5")
        wanted.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return wanted


def _by_page(job: Job, wanted: set[int] | None) -> list[Job]:
    count = count_pages(job.source) if job.source.is_file() else 1
    if count == 1:
        return [job]
    numbers = [page for page in range(1, count + 1) if wanted is None or page in wanted]
    return [replace(job, page=page, pages=count) for page in numbers or sorted(wanted or ())[:1]]


def _kind(file: Path) -> str:
    """The kind of a file; ``empty``, or ``unknown`` where it cannot be opened (reading it tells why)."""
    try:
        if not file.is_file():
            return "unknown"
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        return kind_of(head) if head else "empty"
    except OSError:
        return "unknown"


def _reads_heic() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


def _inside(out: Path | None, folder: Path) -> Path | None:
    """``out`` where it lies in ``folder``."""
    if out is None or out.resolve() == folder.resolve() or not out.resolve().is_relative_to(folder.resolve()):
        return None
    return out


def _tell_apart(jobs: list[Job]) -> list[Job]:
    """Give jobs whose results would have one name the path below their common folder instead."""
    counts = Counter(job.name for job in jobs)
    clashing = [job.source.resolve() for job in jobs if counts[job.name] > 1]
    if not clashing:
        return jobs
    common = Path(os.path.commonpath([path.parent for path in clashing]))
    return [
        replace(job, name=job.source.resolve().relative_to(common)) if counts[job.name] > 1 else job for job in jobs
    ]
