"""The task `paired`: any picture A to any picture B, learnt from pairs (Isola et al. 2017). Both are sRGB in -1..1."""

from __future__ import annotations

from pincel.tasks.task import Task

__all__ = ["Paired"]


class Paired(Task):
    """A -> B. One object without state."""

    name = "paired"
    encodes_batches = True
