"""Validation outputs that a run keeps epoch by epoch, so that runs can be compared later without training again.

``outputs/pictures.npz`` holds what was shown and what should come out, ``outputs/epoch-*.npz`` what was painted. Whole
sets are kept small, the chosen pictures at full size. All arrays are uint8 sRGB.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pincel.errors import PincelError
from pincel.files import write_atomically
from pincel.imaging.resize import resize

__all__ = [
    "CHOSEN",
    "FULL_EVERY",
    "SMALL_SIDE",
    "EpochOutputs",
    "KeptOutputs",
    "Pictures",
    "chosen_places",
    "shrink",
    "wants_full",
]

CHOSEN = 16  # pictures kept at full size after every epoch
SMALL_SIDE = 64  # px, of the whole validation set after every epoch
FULL_EVERY = 10  # epochs between two whole sets at full size


@dataclass(frozen=True)
class Pictures:
    """What a run was validated on.

    Attributes:
        keys: of all n validation pictures, in the order of every array.
        chosen: (c,) places of the chosen pictures in ``keys``.
        source: (n, s, s, 3) what the network was shown, as a person would see it; s is the small side.
        target: (n, s, s, 3) the real pictures. mask: (n, s, s) 255 where there is photo, 0 on padding.
        chosen_source, chosen_target, chosen_mask: the same of the chosen ones, at the full side S.
    """

    keys: Sequence[str]
    chosen: np.ndarray
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    chosen_source: np.ndarray
    chosen_target: np.ndarray
    chosen_mask: np.ndarray


@dataclass(frozen=True)
class EpochOutputs:
    """What was painted after an epoch.

    Attributes:
        epoch: passes over the training pictures so far; whole ones, unless the run ended inside one.
        step: batches so far.
        whole: (n, s, s, 3) all validation pictures, small. chosen: (c, S, S, 3) the chosen ones.
        full: (n, S, S, 3) all of them at full size; kept every few epochs only.
    """

    epoch: float
    step: int
    whole: np.ndarray
    chosen: np.ndarray
    full: np.ndarray | None = None


@dataclass(frozen=True)
class KeptOutputs:
    """The ``outputs`` folder of a run."""

    folder: Path

    @classmethod
    def open(cls, run_folder: str | Path) -> KeptOutputs:
        """The outputs of a run.

        Raises:
            PincelError: the run kept none.
        """
        kept = cls(Path(run_folder) / "outputs")
        if not kept.begun:
            raise PincelError(
                f"{run_folder} kept no validation outputs; train with validation.outputs=true to compare runs"
            )
        return kept

    @property
    def begun(self) -> bool:
        """Whether anything is kept yet."""
        return (self.folder / "pictures.npz").is_file()

    def pictures(self) -> Pictures:
        """What was shown and what should have come out."""
        with np.load(self.folder / "pictures.npz") as file:
            return Pictures(list(map(str, file["keys"])), *(file[name] for name in list(Pictures.__annotations__)[1:]))

    def files(self) -> list[Path]:
        """One file an epoch, in order."""
        return sorted(self.folder.glob("epoch-*.npz"))

    def epoch(self, path: Path) -> EpochOutputs:
        """What one of `files` holds."""
        with np.load(path) as file:
            full = file.get("full")
            return EpochOutputs(float(file["epoch"]), int(file["step"]), file["whole"], file["chosen"], full)

    def write_pictures(self, pictures: Pictures) -> None:
        """Begin the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "pictures.npz", {**vars(pictures), "keys": np.array(pictures.keys, np.str_)})

    def write_epoch(self, outputs: EpochOutputs) -> None:
        """Add an epoch, or replace it: a resumed run may pass it again."""
        arrays = {name: value for name, value in vars(outputs).items() if value is not None}
        _write(self.folder / f"epoch-{round(outputs.epoch * 100):07d}.npz", arrays)


def chosen_places(count: int) -> np.ndarray:
    """Which of ``count`` validation pictures are kept at full size: `CHOSEN` of them, evenly spread, int64 (c,)."""
    return np.unique(np.linspace(0, count - 1, CHOSEN).astype(np.int64))


def wants_full(epoch: float) -> bool:
    """Whether after this epoch the whole set is kept at full size."""
    return round(epoch) % FULL_EVERY == 0 and round(epoch) > 0


def shrink(pictures: np.ndarray, side: int) -> np.ndarray:
    """(n, S, S[, 3]) uint8 -> (n, side, side[, 3]); as they are when they are not larger."""
    if pictures.shape[1] <= side:
        return pictures
    return np.stack([resize(picture, side, side) for picture in pictures])


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())
