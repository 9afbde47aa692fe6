import pytest

from pincel.errors import PincelError
from pincel.study.measure import MEASURES
from pincel.study.options import (
    QUALITIES,
    DistilOptions,
    GridOptions,
    PruneOptions,
    SearchOptions,
    StudyOptions,
    parse_macs,
)


def test_a_study_is_judged_by_what_is_measured():
    assert tuple(MEASURES) == QUALITIES
    assert StudyOptions().quality in MEASURES


def test_an_unknown_figure_is_refused():
    with pytest.raises(PincelError, match="unknown figure 'fid'; known: lite0_distance, frechet_lite0"):
        StudyOptions(quality="fid")


@pytest.mark.parametrize("kind", [DistilOptions, GridOptions, SearchOptions])
def test_a_trial_has_one_budget(kind):
    assert kind(minutes=1).epochs is None
    with pytest.raises(PincelError, match="give --minutes or --epochs, not both"):
        kind(minutes=1, epochs=2)


@pytest.mark.parametrize(("text", "macs"), [("500M", 5e8), ("0.5g", 5e8), ("12", 12), (" 3 K ", 3000)])
def test_counts_are_read_as_people_write_them(text, macs):
    assert parse_macs(text) == macs


@pytest.mark.parametrize("text", ["", "0", "-5M", "5T", "M"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(PincelError, match="no count of multiply-adds"):
        parse_macs(text)


def test_a_ratio_is_of_the_whole_network():
    assert PruneOptions(ratio=0.25).macs(400) == 100
    assert PruneOptions(target_macs="2K").macs(400) == 2000
