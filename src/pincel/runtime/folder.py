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

from PIL import Image

from pincel.errors import PictureError, PincelError
from pincel.files import reason
from pincel.imaging.find import pictures_below
from pincel.imaging.read import MAX_PIXELS, PICTURE_SUFFIXES, Picture, read
from pincel.imaging.write import FORMATS, OutputError, format_of, write
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
            for file in pictures_below(path):
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
        PincelError: ``out`` is a file of a format that cannot be written, or of another than was asked for.
    """
    output = output or Output()
    one_file = len(jobs) == 1 and _names_a_file(out, output.file_format)
    _check_writable(out.parent if one_file else out)
    targets = {jobs[0]: out} if one_file else {job: out / name for job, name in _names(jobs, output.file_format)}
    big = threading.Lock()
    stop = threading.Event()

    def work(job: Job) -> Done:
        if stop.is_set():
            return Done(job.source, None, "skipped")
        return _paint_one(job, targets[job], paint, output, big)

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
    if _is_done(target, output):
        return Done(job.source, target, "skipped")
    try:
        picture = read(job.source, max_pixels=output.max_pixels)
        if target.suffix.lower() not in PICTURE_SUFFIXES:  # none, or of a format that is read only
            target = target.with_suffix(FORMATS[format_of(picture)])
            if _is_done(target, output):
                return Done(job.source, target, "skipped")
        is_big = picture.height * picture.width > BIG_PIXELS
        if is_big:
            big.acquire()
        try:
            painting = paint(picture)
            result = finished(picture, painting, side_by_side=output.side_by_side)
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


def _tell_apart(jobs: list[Job]) -> list[Job]:
    """Give jobs whose results would have one name the path below their common folder instead."""
    counts = Counter(job.name for job in jobs)
    clashing = [job.source.resolve() for job in jobs if counts[job.name] > 1]
    if not clashing:
        return jobs
    common = Path(os.path.commonpath([path.parent for path in clashing]))
    return [Job(job.source, job.source.resolve().relative_to(common)) if counts[job.name] > 1 else job for job in jobs]


def _names(jobs: Sequence[Job], file_format: str | None) -> Iterator[tuple[Job, Path]]:
    """Each job and its result's name in the format asked for: ``a.jpg`` beside ``a.png`` as PNG is ``a.jpg.png``."""
    wanted = [job.name.with_suffix(FORMATS[file_format]) if file_format else job.name for job in jobs]
    counts = Counter(wanted)
    for job, name in zip(jobs, wanted, strict=True):
        clashes = counts[name] > 1 and name != job.name
        yield job, job.name.with_name(job.name.name + name.suffix) if clashes else name


def _names_a_file(out: Path, file_format: str | None) -> bool:
    """Whether the one result goes into the file ``out``, not into a folder of that name."""
    if out.is_dir() or not out.suffix:
        return False
    if out.suffix.lower() not in PICTURE_SUFFIXES:
        if out.suffix.lower() in Image.registered_extensions():
            raise PincelError(f"{out} cannot be written: results are JPEG, PNG, TIFF, WebP or BMP, not {out.suffix}")
        return False
    if file_format and file_format != _format_of(out):
        raise PincelError(f"-o {out} and --format {file_format} contradict each other; leave one of them out")
    return True


def _is_done(target: Path, output: Output) -> bool:
    return target.is_file() and not output.overwrite


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
        raise OutputError(f"{folder} cannot be written to: {reason(error)}") from None
