import pytest

from pincel.errors import PincelError
from pincel.training.options import TrainingOptions


@pytest.mark.parametrize(("typed", "devices"), [("auto", "auto"), ("2", 2)])
def test_devices_are_a_number_or_auto(typed, devices):
    assert TrainingOptions(devices=typed).arguments()["devices"] == devices


def test_a_training_has_one_budget():
    assert TrainingOptions(minutes=1).arguments()["epochs"] is None
    with pytest.raises(PincelError, match="give --minutes or --epochs, not both"):
        TrainingOptions(minutes=1, epochs=2)
