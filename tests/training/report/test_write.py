"""The page, the JSON and the figures of `pincel report`: complete, self-contained, never half-written."""

import json
from pathlib import Path

import pytest
from PIL import Image

from pincel.errors import PincelError
from pincel.training.report.history import read_history
from pincel.training.report.write import report_training, training_lines
from pincel.training.run import Run

COMMAND = "pincel report runs/mine"
ADVERSARIAL = [{"epochs": 3, "adversarial": 1}]


@pytest.fixture
def report(write_run, tmp_path):
    """``report(rows, ...)`` -> the folder of the report."""

    def make(rows, **options):
        report_training(Run.open(write_run(rows, **options)), tmp_path / "deep" / "report", command=COMMAND)
        return tmp_path / "deep" / "report"

    return make


@pytest.fixture(scope="module")
def whole(build_run, paper_rows, tmp_path_factory) -> Path:
    """The report of the adversarial run with the paper's losses; its run is in ``../run``."""
    folder = tmp_path_factory.mktemp("whole")
    run = build_run(folder, paper_rows, phases=ADVERSARIAL, samples=[10, 20, 30])
    report_training(Run.open(run), folder / "report", command=COMMAND)
    return folder / "report"


def test_the_page_needs_no_other_file_and_no_network(read_page, whole):
    assert read_page(whole).words


def test_the_page_shows_findings_figures_samples_and_the_papers_table(read_page, whole):
    page = read_page(whole)
    for part in ("Epoch 2 of 3 is the best.", "81.1 %", "18.9 %", "−3.89 %", "3.89 %", "epoch 2, best", COMMAND):
        assert part in page.words, part
    assert page.text.count("data:image/svg+xml") == 2 * 9  # light and dark
    assert page.text.count("data:image/jpeg") == 3 * 5  # 3 photos; grey, three validations, real


def test_every_number_is_in_the_json(whole):
    content = json.loads((whole / "report.json").read_text())
    assert content["best"]["epoch"] == 2
    assert content["best"]["gap"] == pytest.approx(-0.03895, abs=1e-5)
    assert content["best"]["shares"]["l1"] == pytest.approx(5.160 / 6.366)
    assert [point["validation"]["loss_g"] for point in content["validations"]] == [8.0, 6.366, 6.6]
    assert content["state"] == {
        "step": 30, "planned_steps": 30, "epoch": 3.0, "planned_epochs": 3.0, "finished": True, "stopped_early": False,
        "interrupted_at_steps": [], "phases_begin_at_epochs": [],
    }  # fmt: skip
    assert content["seconds"] == 30
    assert content["paper_table"][1]["paper"] == ["6.366", ""]
    assert "(validation - training) / |training|" in content["definitions"]["gap"]


def test_every_figure_is_a_png(whole):
    folder = whole / "figures"
    assert len(list(folder.iterdir())) == 10
    for path in folder.iterdir():
        with Image.open(path) as picture:
            picture.load()
    assert Image.open(folder / "samples.png").size == (5 * 8, 3 * 8)


def test_names_are_shown_and_never_run(write_run, step_row, tmp_path):
    folder = write_run([step_row(20, loss_g=1.0, l1=1.0)])
    named = folder.rename(tmp_path / "a <b> & c")
    report_training(Run.open(named), tmp_path / "out", command="x")
    text = (tmp_path / "out" / "index.html").read_text()
    assert "a <b>" not in text
    assert "a &lt;b&gt; &amp; c" in text


@pytest.mark.parametrize("validated", [False, True])
def test_a_run_without_a_discriminator_gives_a_page_without_one(read_page, report, step_row, validation_row, validated):
    rows = [step_row(20, loss_g=2.0, l1=2.0)]
    rows += [validation_row(20, 9.0, loss_g=2.0, l1=2.0)] * validated
    page = read_page(report(rows))
    assert "Generator against discriminator" not in page.words
    assert ("Quality on validation photos" in page.words) == validated
    assert "The paper's Table 1" in page.words


def test_a_run_that_validated_before_its_first_row_gives_a_page(report, validation_row):
    text = (report([validation_row(20, 9.0)], phases=[{"epochs": 2}]) / "index.html").read_text()
    assert "2 epochs with one validation, at the end." in text
    assert "The generator's loss</h2>" not in text


def test_the_same_run_gives_the_same_bytes(whole):
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    report_training(Run.open(whole.parent / "run"), whole, command=COMMAND)
    assert {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()} == before


def test_a_target_that_is_a_file_is_one_sentence(write_run, step_row, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(PincelError, match=r"cannot be written to .*taken"):
        report_training(Run.open(write_run([step_row(20, loss_g=1.0)])), tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_the_terminal_hears_headline_findings_and_notes(write_run, paper_rows):
    lines = training_lines(read_history(Run.open(write_run(paper_rows, phases=ADVERSARIAL))))
    assert lines[0] == "Epoch 2 of 3 is the best."
    assert any(line.startswith("Note: pincel export takes the last weights") for line in lines)
