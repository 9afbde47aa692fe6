"""`report_exploration`: explore a folder and write `index.html`, `dataset.csv` and `dataset.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pincel.data.exploration.explore import Exploration, MakeCounter, explore
from pincel.data.exploration.findings import findings, headline
from pincel.data.exploration.page import render
from pincel.data.exploration.table import to_csv, to_json
from pincel.errors import PincelError
from pincel.extras import require
from pincel.pages.write import command_line, json_text, versions, write_files

__all__ = ["exploration_lines", "report_exploration", "write_exploration"]

VERSIONED = ("pincel", "numpy", "opencv-python-headless", "pillow")
NEEDED = ("jinja2", "matplotlib", "scipy")


def report_exploration(
    folders: Sequence[Path], out: Path, *, workers: int | None = None, counter: MakeCounter | None = None
) -> Exploration:
    """Explore folders and write the three files; nothing is written before all is measured.

    Args:
        folders: data sets.
        out: folder of the report, made when it does not exist.
        workers: files read at once; the number of processors by default.
        counter: makes the progress bar of a stage.

    Raises:
        PincelError: a folder is missing or holds no picture that can be read, a package is missing, or ``out`` cannot
            be written.
    """
    require(*NEEDED)
    if out.exists() and not out.is_dir():
        raise PincelError(f"{out} is a file, and the report is a folder; choose another -o")
    found = explore(folders, workers=workers, counter=counter)
    write_exploration(found, out, workers=workers)
    return found


def write_exploration(
    found: Exploration, folder: Path, *, command: str | None = None, workers: int | None = None
) -> None:
    """Write ``dataset.csv``, ``dataset.json`` and ``index.html`` into a folder, each whole or not at all.

    Args:
        found: what was explored.
        folder: made when it does not exist.
        command: how to get the report again; this process's command line by default.
        workers: photos read again at once for the page.

    Raises:
        PincelError: the folder cannot be written.
    """
    content = to_json(found) | {"command": command or command_line(), "versions": versions(VERSIONED)}
    page = render(found, content, workers)
    write_files(folder, {"dataset.csv": to_csv(found), "dataset.json": json_text(content), "index.html": page})


def exploration_lines(found: Exploration) -> list[str]:
    """The result for a terminal: the headline, then what to mend and to know."""
    marks = {"mend": "!", "know": "-", "good": "+"}
    return [headline(found), *(f"  {marks[finding.level]} {finding.text}" for finding in findings(found))]
