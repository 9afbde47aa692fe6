import numpy as np
import pytest
from PIL import Image

from pincel.training.report.history import read_history
from pincel.training.report.samples import sample_strip, strip_picture
from pincel.training.run import Run


@pytest.fixture
def history_of(write_run, step_row, validation_row):
    """``history_of(scores, samples)``: a validation every 10 steps with these CIEDE2000."""

    def make(scores, samples):
        rows = [step_row(20, loss_g=1.0)]
        rows += [validation_row(10 * n, score) for n, score in enumerate(scores, 1)]
        return read_history(Run.open(write_run(rows, samples=samples)))

    return make


def test_columns_are_the_validations_in_order_between_grey_and_real(history_of):
    strip = sample_strip(history_of((9, 8, 7), (10, 20, 30)), photos=2)
    assert strip.painted.shape == (3, 2, 8, 8, 3)
    assert [int(painted.mean()) for painted in strip.painted] == [10, 20, 30]
    assert np.unique(strip.grey).tolist() == [60]
    assert np.unique(strip.real).tolist() == [200]
    picture = np.asarray(strip_picture(strip))
    assert picture.shape == (2 * 8, 5 * 8, 3)
    assert picture[0, ::8, 0].tolist() == [60, 10, 20, 30, 200]


def test_with_few_columns_first_best_and_last_are_kept(history_of):
    scores = (9, 8, 1, 7, 6, 6, 6, 6, 6)
    strip = sample_strip(history_of(scores, range(10, 100, 10)), columns=3)
    assert [point.step for point in strip.points] == [10, 30, 90]


def test_missing_and_damaged_sheets_are_left_out(history_of, tmp_path):
    history = history_of((9, 8, 7), (10, 20))
    (tmp_path / "run" / "samples" / "step-000010.png").write_bytes(b"\x89PNG")
    assert [point.step for point in sample_strip(history).points] == [20]


def test_sheets_of_another_size_are_left_out(history_of, tmp_path):
    history = history_of((9, 8), (10, 20))
    Image.new("RGB", (30, 30)).save(tmp_path / "run" / "samples" / "step-000010.png")
    assert [point.step for point in sample_strip(history).points] == [20]


def test_without_sheets_there_is_no_strip(history_of):
    assert sample_strip(history_of((9, 8), ())) is None
