"""What a run over many pictures shows: a progress bar, or JSON lines; the bad files at the end."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pincel.runtime.folder import Done
from pincel.runtime.jobs import Found, kinds_text
from pincel.text import one_line

__all__ = ["counter", "report"]

BETWEEN_UPDATES = 0.1  # seconds


def report(
    results: Iterable[Done],
    found: Found,
    out: Path,
    *,
    json_lines: bool,
    doing: str = "painting",
    word: str = "coloured",
) -> int:
    """Show results as they come and sum them up.

    Args:
        results: from `pincel.runtime.folder.paint_all`.
        found: what there was to do, and what was passed over.
        out: where they go.
        json_lines: one JSON object a picture on stdout instead of the bar.
        doing: what the bar says.
        word: what has become of the pictures that are done.

    Returns:
        The exit code: 0 all done, 1 some failed, 2 all failed.
    """
    total = len(found.jobs)
    counts: Counter[str] = Counter()
    failures: list[str] = list(found.refused)
    notes: list[str] = []
    labels: Counter[str] = Counter()
    for done in results if json_lines else _with_bar(results, total, doing):
        counts[done.status] += 1
        if done.label:
            labels[done.label] += 1
        if done.error:
            failures.append(done.error)
        notes += done.notes
        if json_lines:
            print(json.dumps(_as_json(done)), flush=True)
    if not json_lines:
        print(_summary(counts, out, word), file=sys.stderr)
        if labels:
            painted = ", ".join(f"{label} {count}" if total > 1 else label for label, count in labels.most_common())
            print(f"painted as: {painted}", file=sys.stderr)
    if found.passed_over:
        print(f"{found.passed_over.total()} passed over: {kinds_text(found.passed_over)}", file=sys.stderr)
    for note in notes:
        print(f"pincel: note: {one_line(note)}", file=sys.stderr)
    for failure in failures:
        print(f"pincel: {one_line(failure)}", file=sys.stderr)
    if not failures:
        return 0
    return 2 if counts["failed"] == total else 1


@contextmanager
def counter(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for work that reports (done, all); nothing when stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


def _with_bar(results: Iterable[Done], total: int, doing: str) -> Iterable[Done]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    progress = Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal or total < 2,
    )
    with progress:
        bar = progress.add_task(doing, total=total, rate="")
        shown = 0.0
        for count, done in enumerate(results, 1):
            if time.monotonic() - shown > BETWEEN_UPDATES or count == total:  # forty thousand may be skipped at once
                speed = progress.tasks[0].speed
                progress.update(bar, completed=count, rate=f"{speed:.1f}/s" if speed else "")
                shown = time.monotonic()
            yield done


def _as_json(done: Done) -> dict[str, object]:
    return {
        "input": str(done.source),
        "page": done.page or None,
        "output": str(done.output) if done.output else None,
        "status": done.status,
        "error": done.error,
        "width": done.width,
        "height": done.height,
        "seconds": round(done.seconds, 4),
        "label": done.label,
        "notes": list(done.notes),
    }


def _summary(counts: Counter[str], out: Path, word: str) -> str:
    parts = [f"{counts['painted']} {word}, in {out}"]
    if counts["kept"]:
        they_are, them = ("it is", "it") if counts["kept"] == 1 else ("they are", "them")
        parts.append(f"{counts['kept']} kept as {they_are}: in colour; --recolour paints {them}")
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} were there already (--overwrite makes them again)")
    if counts["left"]:
        parts.append(f"{counts['left']} left, since something else is there:")
    if counts["failed"]:
        parts.append(f"{counts['failed']} could not be done:")
    return "; ".join(parts)
