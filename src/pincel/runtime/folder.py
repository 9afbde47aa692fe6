"""Paint many pictures into a folder; goes on past bad files, and where it stopped."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from pincel.errors import PictureError, PincelError
from pincel.files import reason
from pincel.imaging.in_color import in_color
from pincel.imaging.picture import Picture
from pincel.imaging.read import PICTURE_SUFFIXES, PictureLimits, read
from pincel.imaging.write import FORMATS, Encoded, OutputError, encode, encode_pages, format_of, refusal, write_encoded
from pincel.runtime.finished import Finished
from pincel.runtime.jobs import Job, name_results
from pincel.runtime.painter import Painting, finished

__all__ = ["Done", "Output", "paint_all"]

WITHOUT_LINE = "results that were there before count as made in this way; --overwrite makes them again"
BIG_PIXELS = 24_000_000  # larger pictures are painted one at a time, to bound memory


@dataclass(frozen=True)
class Output:
    """How results are written.

    Attributes:
        file_format: a key of `FORMATS`, or None for the input's own.
        quality: 1..100, of JPEG and WebP.
        side_by_side: put what was given to the left of the painted picture.
        overwrite: paint again what is there already.
        limits: what is too large to be read.
        keep_color: leave pictures that are in colour as they are.
        made_with: the model's digest and options that make a result another one; see `Finished`.
        is_default: whether none of them was changed.
    """

    file_format: str | None = None
    quality: int = 95
    side_by_side: bool = False
    overwrite: bool = False
    limits: PictureLimits = field(default_factory=PictureLimits)
    keep_color: bool = False
    made_with: Mapping[str, Any] = field(default_factory=dict)
    is_default: bool = True

    def made(self) -> dict[str, Any]:
        """All that makes a result another one."""
        own = {"format": self.file_format, "quality": self.quality, "side_by_side": self.side_by_side}
        return {**own, "keep_color": self.keep_color, **self.made_with}

    def changes_nothing(self) -> bool:
        """Whether results are made as they are without any option."""
        return self.is_default and (self.file_format, self.quality, self.side_by_side) == (None, 95, False)


@dataclass(frozen=True)
class Done:
    """What became of one picture.

    Attributes:
        source: its file.
        output: the result.
        status: ``painted``; ``kept``: in colour and copied as it was; ``skipped``: there already; ``left``: something
            else is there; ``failed``.
        error: what went wrong, or what is there.
        notes: what the user should know, a sentence each.
        page: which picture of the file; 0 where it has one.
    """

    source: Path
    output: Path | None
    status: Literal["painted", "kept", "skipped", "left", "failed"]
    error: str | None = None
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    label: str | None = None
    notes: tuple[str, ...] = ()
    page: int = 0


def paint_all(
    jobs: Sequence[Job],
    out: Path,
    paint: Callable[[Picture], Painting],
    output: Output | None = None,
    workers: int | None = None,
) -> Iterator[Done]:
    """Paint every picture and yield what became of it, as it is finished.

    Files are written to a temporary name and renamed, so a stop at any moment leaves only whole pictures, and the
    next call skips those that were made of the same photo in the same way.

    Args:
        jobs: from `find_jobs`.
        out: folder of the results; or the result itself when there is one job and ``out`` has a picture suffix. A TIFF
            takes all pages of one file.
        paint: picture -> its `Painting`, RGB (H, W, 3) of its size.
        output: format, quality and so on.
        workers: pictures at the same time; the number of processors by default.

    Raises:
        OutputError: results cannot be written at all (full disk, read-only folder); what is done stays.
        PincelError: ``out`` is a file of a format that cannot be written, or of another than was asked for, or too many
            pages for one file.
    """
    output = output or Output()
    one_file = len({job.source for job in jobs}) == 1 and _names_a_file(out, output.file_format)
    if one_file and len(jobs) > 1 and _format_of(out) != "tiff":
        raise PincelError(
            f"{jobs[0].source} has {jobs[0].pages} pages, and {out} has room for one; "
            "choose it with --pages N, or give a .tif or a folder"
        )
    folder = out.parent if one_file else out
    _check_writable(folder)
    run = _Run(paint, output, Finished(folder, output.made(), output.changes_nothing()))
    if one_file and len(jobs) > 1:
        yield from _paint_pages(jobs, out, run)
        return
    names = name_results(jobs, output.file_format)
    targets = {job: (out, out) if one_file else (out / names[job], out / job.name) for job in jobs}
    stop = threading.Event()

    def work(job: Job) -> Done:
        if stop.is_set():
            return Done(job.source, None, "skipped")
        return run.one(job, *targets[job])

    pool = ThreadPoolExecutor(workers or min(len(jobs), os.cpu_count() or 1))
    try:
        waiting: set[Future[Done]] = {pool.submit(work, job) for job in jobs}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


class _Run:
    """What all pictures of one call share."""

    def __init__(self, paint: Callable[[Picture], Painting], output: Output, index: Finished) -> None:
        self.paint, self.output, self.index = paint, output, index
        self._big = threading.Lock()
        self._said: set[str] = set()
        self._saying = threading.Lock()

    def one(self, job: Job, target: Path, own: Path) -> Done:
        """Read, paint, write; whatever goes wrong is this picture's.

        Args:
            job: which picture.
            target: where its painting goes; the suffix ``.*`` is known when it is read.
            own: where it goes as it is, if it is in colour.
        """
        begin = time.perf_counter()
        done = _not_yet(job)
        try:
            if there := self.there(job, target):
                return there
            picture = read(job.source, page=job.page, limits=self.output.limits)
            if target.suffix == ".*":
                target = target.with_suffix(FORMATS[format_of(picture)])
                if there := self.there(job, target):
                    return there
            notes = (*self.once(self.index.set_aside), *picture.notes)
            seen = replace(done, output=target, width=picture.width, height=picture.height, notes=notes)
            if self.is_kept(picture):
                return self._keep(job, picture, target, own, seen)
            result, label = self.painted(picture)
            lost = write_encoded(lambda: encode(result, _format_of(target), self.output.quality), target)
            self.index.add(job.source, target)
        except OutputError:
            raise
        except Exception as error:  # one picture never ends the run
            return replace(done, error=_failure(job, target, error))
        return replace(
            seen, status="painted", seconds=time.perf_counter() - begin, label=label, notes=(*seen.notes, *lost)
        )

    def is_kept(self, picture: Picture) -> bool:
        """Whether it is in colour and stays as it is."""
        return self.output.keep_color and in_color(picture.pixels, picture.alpha)

    def painted(self, picture: Picture) -> tuple[Picture, str | None]:
        """The painted picture, and what it was painted as."""
        with self._big if picture.height * picture.width > BIG_PIXELS else nullcontext():
            painting = self.paint(picture)
            return finished(picture, painting, side_by_side=self.output.side_by_side), painting.label

    def there(self, job: Job, target: Path) -> Done | None:
        """What is told of a result that is there and stays.

        Raises:
            PictureError: it is the picture itself.
        """
        if target.exists() and target.resolve() == job.source.resolve():
            raise PictureError(f"{job.source} would be overwritten by its own result; choose another -o")
        known = not self.output.overwrite and target.suffix != ".*"
        standing = self.index.standing(job.source, target) if known else "missing"
        if standing == "done":
            notes = self.once(WITHOUT_LINE) if self.index.without_line else ()
            return replace(_not_yet(job), output=target, status="skipped", notes=notes)
        if standing == "foreign":
            why = f"{target} is there already and was not made so of {job.title}; it was left (--overwrite replaces it)"
            return replace(_not_yet(job), output=target, status="left", error=why)
        return None

    def _keep(self, job: Job, picture: Picture, target: Path, own: Path, seen: Done) -> Done:
        """A picture in colour: its file byte for byte, or what it shows where that cannot be the result."""
        if job.pages == 1 and own.suffix.lower() == job.source.suffix.lower():
            if own.exists() and own.resolve() == job.source.resolve():
                return replace(seen, output=own, status="kept")  # it lies there already
            if there := self.there(job, own):
                return there
            target = own
            write_encoded(lambda: Encoded(job.source.read_bytes()), target)
        else:
            write_encoded(lambda: encode(picture, _format_of(target), self.output.quality), target)
        self.index.add(job.source, target)
        return replace(seen, output=target, status="kept")

    def once(self, note: str) -> tuple[str, ...]:
        """A note, the first time."""
        with self._saying:
            if not note or note in self._said:
                return ()
            self._said.add(note)
            return (note,)


def _paint_pages(jobs: Sequence[Job], out: Path, run: _Run) -> Iterator[Done]:
    """All pages of one file into one TIFF, written when the last is painted."""
    results: list[Picture] = []
    for job in jobs:
        begin = time.perf_counter()
        try:
            done = run.there(job, out)
            if done is None:
                picture = read(job.source, page=job.page, limits=run.output.limits)
                is_kept = run.is_kept(picture)
                result, label = (picture, None) if is_kept else run.painted(picture)
                results.append(result)
                done = replace(
                    _not_yet(job),
                    output=out,
                    status="kept" if is_kept else "painted",
                    width=picture.width,
                    height=picture.height,
                    seconds=time.perf_counter() - begin,
                    label=label,
                    notes=picture.notes,
                )
        except Exception as error:  # one page never ends the run
            done = replace(_not_yet(job), error=_failure(job, out, error))
        if job == jobs[-1] and results:
            _write_pages(results, out, job.source, run, is_whole=len(results) == len(jobs))
        yield done


def _write_pages(results: Sequence[Picture], out: Path, source: Path, run: _Run, *, is_whole: bool) -> None:
    try:
        write_encoded(lambda: encode_pages(results), out)
        run.index.add(source, out, is_whole=is_whole)
    except OSError as error:
        raise refusal(out, error) from None


def _failure(job: Job, target: Path, error: Exception) -> str:
    """What is told of a picture that could not be done.

    Raises:
        OutputError: nothing can be written.
    """
    if isinstance(error, PictureError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{job.title} needs more memory than there is"
    if isinstance(error, OSError):
        refused = refusal(target, error)
        if isinstance(refused, OutputError):
            raise refused from None
        return str(refused)
    return f"{job.title} could not be painted ({type(error).__name__}: {error})"


def _not_yet(job: Job) -> Done:
    return Done(job.source, None, "failed", page=job.page if job.pages > 1 else 0)


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
