"""`load_painter`: what a run has learnt, ready to paint."""

from __future__ import annotations

from torch import nn

from pincel.errors import PincelError
from pincel.training.learner import new_generator
from pincel.training.run import Run

__all__ = ["load_painter"]


def load_painter(run: Run, which: str = "last") -> nn.Module:
    """The run's generator in evaluation mode.

    Raises:
        PincelError: the run has no such weights yet.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = run.weights(which)
    if not path.is_file():
        raise PincelError(
            f"{run.folder} has no {which} weights yet; train it longer (they are kept at each validation)"
        )
    generator = new_generator(run.recipe(), len(run.facts()["classes"]))
    try:
        generator.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        raise PincelError(f"{path} does not fit the run's recipe: {str(error).splitlines()[0]}") from None
    return generator.eval()
