import pytest
import torch

from pincel.errors import PincelError
from pincel.training.accelerator import open_fabric


def test_a_processor_is_always_there():
    assert open_fabric("cpu", "1").device == torch.device("cpu")


@pytest.mark.parametrize(
    ("accelerator", "devices", "said"),
    [
        ("cuda", "auto", "--accelerator cuda: torch finds none on this computer; it finds cpu"),
        ("tpx", "1", "--accelerator tpx --devices 1: .*invalid accelerator name"),
        ("cpu", "0", "--accelerator cpu --devices 0: "),
        ("cpu", "many", "--accelerator cpu --devices many: "),
    ],
)
def test_what_is_not_there_is_told_in_one_sentence(monkeypatch, accelerator, devices, said):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(PincelError, match=said) as caught:
        open_fabric(accelerator, devices)
    assert "\n" not in str(caught.value)
