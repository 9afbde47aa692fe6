"""Paint many pictures: files, folders and globs in, a folder out; goes on past bad files and where it stopped."""

from __future__ import annotations

import glob
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pincel.errors import PictureError, PincelError
from pincel.imaging.read import MAX_PIXELS, PICTURE_SUFFIXES, Picture, read
from pincel.imaging.write import FORMATS, OutputError, write
from pincel.runtime.painter import Painting, finished

__all__ = ["Done", "Job", "Output", "find_jobs", "paint_all"]

BIG_PIXELS = 24_000_000  # larger pictures are painted one at a time, to bound memory


@dataclass(frozen=True)
class Job:
    """One picture to paint. ``name`` is its path below the output folder."""

    source: Path
    name: Path


@dataclass(frozen=True)
class Output:
    """How results are written.

    Attributes:
        file_format: a key of `FORMATS`, or None for the input's own.
        quality: 1..100, of JPEG and WebP.
        side_by_side: put what was given to the left of the painted picture.
        overwrite: paint again what is there already.
        max_pixels: larger pictures are refused.
    """

    file_format: str | None = None
    quality: int = 95
    side_by_side: bool = False
    overwrite: bool = False
    max_pixels: int = MAX_PIXELS


@dataclass(frozen=True)
class Done:
    """What became of one picture."""

    source: Path
    output: Path | None
    status: Literal["painted", "skipped", "failed"]
    error: str | None = None
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    label: str | None = None


def find_jobs(inputs: Iterable[str | Path]) -> list[Job]:
    """Files as they are, folders recursively, globs expanded; each picture once, in order.

    A picture from a folder keeps its path below that folder. Files of one name from different places keep as much
    of their path as tells them apart.

    Raises:
        PincelError: an input does not exist, or there is no picture at all.
    """
    jobs: dict[Path, Job] = {}
    for given in map(str, inputs):
        path = Path(given)
        if path.is_dir():
            for file in sorted(_pictures_below(path)):
                jobs.setdefault(file.resolve(), Job(file, file.relative_to(path)))
        elif path.exists():
            jobs.setdefault(path.resolve(), Job(path, Path(path.name)))
        elif glob.has_magic(given):
            found = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207, any root
            for file in found:
                if file.is_file() and file.suffix.lower() in PICTURE_SUFFIXES:
                    jobs.setdefault(file.resolve(), Job(file, Path(file.name)))
            if not found:
                raise PincelError(f"no file matches {given}")
        else:
            raise PincelError(f"{given} does not exist; check the name")
    if not jobs:
        raise PincelError("there is no picture in what was given (JPEG, PNG, TIFF, WebP, BMP are looked for)")
    return _tell_apart(list(jobs.values()))


def paint_all(
    jobs: Sequence[Job],
    out: Path,
    paint: Callable[[Picture], Painting],
    output: Output | None = None,
    workers: int | None = None,
) -> Iterator[Done]:
    """Paint every picture and yield what became of it, as it is finished.

    Files are written to a temporary name and renamed, so a stop at any moment leaves only whole pictures, and the
    next call skips those.

    Args:
        jobs: from `find_jobs`.
        out: folder of the results; or the result itself when there is one job and ``out`` has a picture suffix.
        paint: picture -> its `Painting`, RGB (H, W, 3) of its size.
        output: format, quality and so on.
        workers: pictures at the same time; the number of processors by default.

    Raises:
        OutputError: results cannot be written at all (full disk, read-only folder); what is done stays.
    """
    output = output or Output()
    one_file = len(jobs) == 1 and out.suffix.lower() in PICTURE_SUFFIXES and not out.is_dir()
    _check_writable(out.parent if one_file else out)
    big = threading.Lock()
    stop = threading.Event()

    def work(job: Job) -> Done:
        if stop.is_set():
            return Done(job.source, None, "skipped")
        target = out if one_file else out / _with_format(job.name, output.file_format)
        return _paint_one(job, target, paint, output, big)

    pool = ThreadPoolExecutor(workers or min(len(jobs), os.cpu_count() or 1))
    try:
        waiting: set[Future[Done]] = {pool.submit(work, job) for job in jobs}
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _paint_one(
    job: Job, target: Path, paint: Callable[[Picture], Painting], output: Output, big: threading.Lock
) -> Done:
    begin = time.perf_counter()
    if target.exists() and target.resolve() == job.source.resolve():
        return Done(
            job.source, None, "failed", f"{job.source} would be overwritten by its own result; choose another -o"
        )
    if target.suffix and target.exists() and not output.overwrite:
        return Done(job.source, target, "skipped")
    try:
        picture = read(job.source, max_pixels=output.max_pixels)
        is_big = picture.height * picture.width > BIG_PIXELS
        if is_big:
            big.acquire()
        try:
            painting = paint(picture)
            result = finished(picture, painting, side_by_side=output.side_by_side)
            if not target.suffix:
                target = target.with_suffix(FORMATS.get(picture.format.lower(), ".jpg"))
            write(result, target, _format_of(target), output.quality)
        finally:
            if is_big:
                big.release()
    except OutputError:
        raise
    except PictureError as error:
        return Done(job.source, None, "failed", str(error))
    except MemoryError:
        return Done(job.source, None, "failed", f"{job.source} needs more memory than there is")
    seconds = time.perf_counter() - begin
    return Done(job.source, target, "painted", None, picture.width, picture.height, seconds, painting.label)


def _pictures_below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
            yield path


def _tell_apart(jobs: list[Job]) -> list[Job]:
    """Give jobs whose results would have one name the path below their common folder instead."""
    counts = Counter(job.name for job in jobs)
    clashing = [job.source.resolve() for job in jobs if counts[job.name] > 1]
    if not clashing:
        return jobs
    common = Path(os.path.commonpath([path.parent for path in clashing]))
    return [Job(job.source, job.source.resolve().relative_to(common)) if counts[job.name] > 1 else job for job in jobs]


def _with_format(name: Path, file_format: str | None) -> Path:
    return name.with_suffix(FORMATS[file_format]) if file_format else name


def _format_of(target: Path) -> str:
    suffix = target.suffix.lower()
    suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix, suffix)
    return next((name for name, known in FORMATS.items() if known == suffix), "jpeg")


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".pincel-probe{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to ({error.strerror}); choose another folder with -o") from None
