"""`Progress`: where a training is, beside what its networks have learnt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydantic import StrictBool, StrictFloat, StrictInt

__all__ = ["Progress"]


@dataclass
class Progress:
    """What every checkpoint says of a training.

    Attributes:
        step: how many are done.
        best: lowest score of a validation so far; infinite before the first. best_step: the step after which it was.
        stale: validations in a row that were no better.
        stopped_early: whether there were too many of them.
        plateau_stale: the same since the rates were halved last. plateau_factor: on all learning rates, 0..1.
    """

    step: StrictInt
    best: StrictFloat
    best_step: StrictInt
    stale: StrictInt
    stopped_early: StrictBool
    plateau_stale: StrictInt
    plateau_factor: StrictFloat

    @classmethod
    def none(cls) -> Progress:
        """Of a training that is about to begin."""
        return cls(0, math.inf, 0, 0, stopped_early=False, plateau_stale=0, plateau_factor=1.0)

    def note(self, score: float, patience: int | None = None, plateau_patience: int | None = None) -> bool:
        """Take in a validation.

        Args:
            score: lower is better.
            patience: validations without improvement after which the training ends; None: it goes on.
            plateau_patience: the same, after which all learning rates are halved; None: they are not.

        Returns:
            Whether it is the best so far.

        >>> progress = Progress.none()
        >>> [progress.note(score, plateau_patience=2) for score in (5.0, 5.0, 6.0, 5.0, 7.0, 4.0)]
        [True, False, False, False, False, True]
        >>> progress.plateau_factor, progress.plateau_stale
        (0.25, 0)
        """
        better = score < self.best
        if better:
            self.best, self.best_step = score, self.step
        self.stale = 0 if better else self.stale + 1
        self.stopped_early = bool(patience and self.stale >= patience)
        if plateau_patience is not None:
            self.plateau_stale = 0 if better else self.plateau_stale + 1
            if self.plateau_stale == plateau_patience:
                self.plateau_stale, self.plateau_factor = 0, self.plateau_factor / 2
        return better
