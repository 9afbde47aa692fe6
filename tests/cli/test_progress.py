import json
from pathlib import Path

import pytest

from pincel.cli.progress import report
from pincel.runtime.folder import Done


def done(status, error=None):
    return Done(Path("a.jpg"), Path("out/a.jpg") if status != "failed" else None, status, error, 3, 4, 0.5)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([done("painted"), done("skipped")], 0),
        ([done("painted"), done("failed", "a.jpg is empty")], 1),
        ([done("failed", "a.jpg is empty"), done("failed", "a.jpg is empty")], 2),
    ],
)
def test_the_exit_code_says_how_much_was_done(results, code, capsys):
    assert report(results, len(results), Path("out"), json_lines=False) == code
    assert capsys.readouterr().err.count("pincel: a.jpg is empty") == sum(d.status == "failed" for d in results)


def test_json_lines_carry_every_field(capsys):
    report([done("painted")], 1, Path("out"), json_lines=True)
    assert json.loads(capsys.readouterr().out) == {
        "input": "a.jpg",
        "output": "out/a.jpg",
        "status": "painted",
        "error": None,
        "width": 3,
        "height": 4,
        "seconds": 0.5,
        "label": None,
    }
