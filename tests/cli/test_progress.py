import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pincel.cli.progress import report
from pincel.extras import install_line
from pincel.runtime.folder import Done
from pincel.runtime.jobs import Found, Job


def found(count, **passed_over):
    return Found([Job(Path("a.jpg"), Path("a.jpg"))] * count, Counter(passed_over))


def done(status, error=None):
    return Done(Path("a.jpg"), Path("out/a.jpg") if status != "failed" else None, status, error, 3, 4, 0.5)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([done("painted"), done("skipped")], 0),
        ([done("painted"), done("kept")], 0),
        ([done("painted"), done("failed", "a.jpg is empty")], 1),
        ([done("left", "out/a.jpg is there already")], 1),
        ([done("failed", "a.jpg is empty"), done("failed", "a.jpg is empty")], 2),
    ],
)
def test_the_exit_code_says_how_much_was_done(results, code, capsys):
    assert report(results, found(len(results)), Path("out"), json_lines=False) == code
    assert capsys.readouterr().err.count("pincel: a.jpg is empty") == sum(d.status == "failed" for d in results)


def test_json_lines_carry_every_field(capsys):
    report([done("painted")], found(1), Path("out"), json_lines=True)
    assert json.loads(capsys.readouterr().out) == {
        "input": "a.jpg",
        "output": "out/a.jpg",
        "status": "painted",
        "error": None,
        "width": 3,
        "height": 4,
        "seconds": 0.5,
        "label": None,
        "notes": [],
        "page": None,
    }


def test_what_was_kept_left_and_passed_over_is_counted(capsys):
    results = [done("painted"), done("kept"), done("kept"), done("left", "out/a.jpg is there already")]
    report(results, found(4, HEIC=2, PDF=1), Path("out"), json_lines=False)
    printed = capsys.readouterr().err
    assert "1 coloured, in out; 2 kept as they are: in colour; --recolour paints them; 1 left" in printed
    assert f"3 passed over: 2 HEIC, 1 PDF; HEIC: {install_line('heic')}" in printed
    assert "pincel: out/a.jpg is there already" in printed


def test_notes_are_told(capsys):
    report([replace(done("painted"), notes=("a.jpg: it is an animation",))], found(1), Path("out"), json_lines=False)
    assert "pincel: note: a.jpg: it is an animation" in capsys.readouterr().err


def test_names_of_files_never_move_the_cursor_or_begin_a_line_of_their_own(capsys):
    report([done("failed", "a\x1b[2J\nb.jpg is empty")], found(1), Path("out"), json_lines=False)
    assert "pincel: a[2J b.jpg is empty\n" in capsys.readouterr().err
