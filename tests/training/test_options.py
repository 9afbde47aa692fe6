import time

import pytest

from pincel.errors import PincelError
from pincel.training.options import TrainingOptions


def test_a_training_has_one_budget():
    assert TrainingOptions(minutes=1).epochs is None
    with pytest.raises(PincelError, match="give --minutes or --epochs, not both"):
        TrainingOptions(minutes=1, epochs=2)


def test_the_time_budget_begins_when_options_are_given():
    before = time.perf_counter()
    assert before <= TrainingOptions(minutes=1).began <= time.perf_counter()
