"""`PaintOptions`: what painting a picture may be told; one object for the command line, HTTP and Python."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real

from pincel.errors import PincelError

__all__ = ["PaintOptions"]


@dataclass(frozen=True)
class PaintOptions:
    """What painting a picture may be told.

    Attributes:
        label: what the picture shows: a class of the model, ``unknown``, or ``auto`` to let the model tell it. By
            default ``auto`` where the model can, otherwise ``unknown``.
        working_size: long side in pixels that the network sees; the card's by default. It is bounded by the card's
            ``largest_working_size``, and of photos to be coloured by ``largest_enlargement`` times their own long side.
        saturation: factor on chroma, for models that colour; 1 is as the model's card says, 0 is grey.

    Raises:
        PincelError: no size, or no strength of colour.
    """

    label: str | None = None
    working_size: int | None = None
    saturation: float = 1.0

    def __post_init__(self) -> None:
        size, saturation = self.working_size, self.saturation
        if size is not None and not (isinstance(size, Integral) and size >= 1):
            raise PincelError(f"the working size is a number of pixels, 16 or more, not {size}")
        if not (isinstance(saturation, Real) and 0 <= saturation < math.inf):
            raise PincelError(f"the strength of colour (saturation) is a number of 0 or more, not {saturation}")
