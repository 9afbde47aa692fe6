"""From which logit on a label of the model `classes` is believed, as in docs/experiments/none-of-these.md.

    python benchmarks/none_of_these.py photos

Validation photos that the model never saw; its classes' photos against landscapes and single objects, which have none.
The folder has ``natural_images``, ``general`` and ``test_photos/grey``.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from pincel import load_model
from pincel.data.duplicates import difference_hash
from pincel.data.split import read_split
from pincel.imaging.color import rgb_to_lab
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.resize import fit_size, resize
from pincel.metrics.color import ciede2000
from pincel.runtime.model_file import Model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import NONE_OF_THESE, UNKNOWN, paint
from pincel.tasks.colorize import Colorize

MOST = 300  # photos of a set
SETS = ("natural_images", "general/objects", "general/scene_")
LEAST = (0, 7, 8, 9, 10, 11, 12)


def main(folder: Path) -> None:
    """Print what each threshold keeps, and what it does to the colours."""
    model = load_model("classes")
    believing = replace(model, card=model.card.model_copy(update={"least_logit": None}))
    trained = {int(value) for value in model.training_hashes}
    found: dict[str, list[tuple[float, bool, float, float]]] = {name: [] for name in SETS}
    for key in read_split("photos-random").keys("val"):
        photos = next((found[name] for name in SETS if key.startswith(name)), None)
        if photos is not None and len(photos) < MOST and (folder / key).exists():
            picture = read(folder / key)
            if difference_hash(picture.rgb()) not in trained:
                photos.append(measure(believing, picture, Path(key).parts[1]))
    for name, photos in found.items():
        logit, right, as_unknown, as_told = np.array(photos).T
        print(f"\n{name}: {len(photos)} photos")
        for least in LEAST:
            said = logit >= least
            error = np.where(said, as_told, as_unknown).mean()
            print(f"least {least:2}: told of {said.mean():.1%}, rightly of {(said * right).mean():.1%}, {error:.3f}")
    old = [read(path) for path in sorted((folder / "test_photos/grey").iterdir())]
    labels = [paint(picture, model).label for picture in old]
    print(f"\nold photos: {labels.count(NONE_OF_THESE)} of {len(old)} are none of these by the model's card")


def measure(model: Model, picture: Picture, true: str) -> tuple[float, bool, float, float]:
    """The largest logit, whether its class is right, and CIEDE2000 at 128 px when told nothing and when told it."""
    label = str(paint(picture, model).label)
    source = Colorize.encode(resize(picture.pixels, *fit_size(picture.height, picture.width, model.card.working_size)))
    small = cv2.resize(picture.rgb(), (128, 128), interpolation=cv2.INTER_AREA)
    shown, real = replace(picture, pixels=small, alpha=None), rgb_to_lab(small)
    paintings = (paint(shown, model, PaintOptions(one)).pixels for one in (UNKNOWN, label))
    unknown, told = (float(ciede2000(rgb_to_lab(rgb), real)) for rgb in paintings)
    return float(model.classify(source[None]).max()), label == true, unknown, told


if __name__ == "__main__":
    main(Path(sys.argv[1]))
