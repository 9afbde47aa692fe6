import pytest

from pincel.errors import PincelError
from pincel.study.measure import MEASURES
from pincel.study.options import QUALITIES, GridOptions, SearchOptions, StudyOptions


def test_a_study_is_judged_by_what_is_measured():
    assert tuple(MEASURES) == QUALITIES
    assert StudyOptions().quality in MEASURES


def test_an_unknown_figure_is_refused():
    with pytest.raises(PincelError, match="unknown figure 'fid'; known: lite0_distance, frechet_lite0"):
        StudyOptions(quality="fid")


@pytest.mark.parametrize("kind", [GridOptions, SearchOptions])
def test_a_trial_has_one_budget(kind):
    assert kind(minutes=1).epochs is None
    with pytest.raises(PincelError, match="give --minutes or --epochs, not both"):
        kind(minutes=1, epochs=2)
