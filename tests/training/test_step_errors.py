import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

from pincel.errors import PincelError
from pincel.training.plan import make_plan
from pincel.training.step_errors import explained_errors


@pytest.fixture
def phase(tiny_recipe):
    """32 px in batches of 4."""
    return make_plan(tiny_recipe(), 24)[0]


def gpu_is_full() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def processor_is_full() -> None:
    torch.empty(2**50)


@pytest.mark.parametrize("too_much", [gpu_is_full, processor_is_full])
def test_a_batch_that_does_not_fit_is_told_with_a_smaller_one(phase, too_much, tmp_path):
    with pytest.raises(PincelError) as caught, explained_errors(2, phase):
        too_much()
    fault = "phase 2 (32 px in batches of 4) does not fit in the memory that is free"
    assert str(caught.value) == f"{fault}; set phases.2.batch=2"
    weights = tmp_path / "last.safetensors"
    mend = "--resume goes on where there is more, or begin another run with phases.2.batch=2"
    for saved in (False, True):
        with pytest.raises(PincelError) as caught, explained_errors(2, phase, weights):
            too_much()
        assert str(caught.value) == f"{fault}; {mend}" + (f" generator.weights={weights}" if saved else "")
        weights.touch()


def test_a_single_picture_that_does_not_fit_must_be_smaller(tiny_recipe):
    phase = make_plan(tiny_recipe(data={"batch": 1, "size": 64}), 24)[0]
    with pytest.raises(PincelError, match=r"; set phases\.0\.size=32$"), explained_errors(0, phase):
        gpu_is_full()


def test_what_cannot_be_compiled_is_told(phase):
    with pytest.raises(PincelError, match="set compile=false"), explained_errors(0, phase):
        raise BackendCompilerFailed("inductor", RuntimeError("no C++ compiler"), None)


def test_other_errors_are_left_alone(phase):
    with pytest.raises(RuntimeError, match="shapes"), explained_errors(0, phase):
        raise RuntimeError("shapes do not fit")
