import csv
import io
import json

import pytest

from pincel.errors import PincelError
from pincel.study.record import FAILED
from pincel.study.report.rows import result_of
from pincel.study.report.write import as_csv, write_study
from pincel.study.space import Misfit

FIGURES = [(100e6, 0.50), (20e6, 0.505), (10e6, 0.60), (200e6, 0.40), (150e6, 0.9)]


@pytest.fixture
def study(made_study):
    study = made_study(FIGURES)
    study.trials[4].status, study.trials[4].reason = FAILED, "training: <out of memory>"
    study.misfits = [Misfit("depth9", {"depth": 9}, "stages do not fit pictures of 64 px")]
    return study


def test_the_page_stands_alone_and_names_what_failed_and_what_cannot_be(read_page, study, tmp_path):
    content = write_study(study, tmp_path / "report")
    page = read_page(tmp_path / "report")
    assert content["headline"] in page.words
    assert "training: &lt;out of memory&gt;" in page.text
    assert "stages do not fit pictures of 64 px" in page.words
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == content
    assert content["fronts"]["macs"] == ["width2", "width1", "width0", "width3"]
    assert {path.name for path in (tmp_path / "report" / "figures").iterdir()} >= {
        "lite0-distance-macs.png",
        "lite0-distance-latency.png",
        "ssim-macs.png",
        "effects.png",
    }


def test_the_table_has_every_trial_finished_or_not(study):
    rows = list(csv.DictReader(io.StringIO(as_csv(result_of(study)))))
    assert [(row["number"], row["name"], row["status"]) for row in rows] == [
        ("1", "width2", "done"),
        ("2", "width1", "done"),
        ("3", "width0", "done"),
        ("4", "width3", "done"),
        ("", "width4", "failed"),
    ]
    assert float(rows[0]["lite0_distance"]) == 0.6
    assert rows[0]["frechet_lite0_low"] == ""
    assert (rows[0]["front_macs"], rows[4]["front_macs"], rows[2]["own"]) == ("True", "", "True")


def test_a_study_of_one_trial_without_figures_of_cost_has_a_page(read_page, made_study, tmp_path):
    study = made_study(FIGURES[:1])
    study.trials[0].latency_p50 = study.trials[0].latency_p95 = study.trials[0].threads = None
    write_study(study, tmp_path / "report")
    assert "Which choice matters" not in read_page(tmp_path / "report").words


def test_a_folder_that_cannot_be_written_is_named(study, tmp_path):
    (tmp_path / "report").write_text("a file")
    with pytest.raises(PincelError, match="the report cannot be written to"):
        write_study(study, tmp_path / "report")
