"""Where the embedded models fail: the contact sheets of docs/models/.

    python benchmarks/failures.py [--out docs/images]

The pictures are free for any use: the examples of the package (src/pincel/examples/README.md), the official portrait of
Grace Hopper (public domain; it comes with matplotlib), and a photographer by Lav Varshney (CC0; it comes with
scikit-image). Both libraries are in the extra `train`.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.cbook import get_sample_data
from PIL import Image
from skimage.data import camera

import pincel
from pincel.imaging.edges import SketchStyle, draw_at
from pincel.imaging.resize import resize
from pincel.imaging.sheet import contact_sheet


def photo(name: str) -> np.ndarray:
    path = get_sample_data("grace_hopper.jpg", asfileobj=False) if name == "hopper" else pincel.example(name)
    return np.asarray(Image.open(path).convert("RGB"))


def grey(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).convert("L"))


def rgb(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else picture[..., None].repeat(3, axis=2)


def painted(picture: np.ndarray, model: str, **options: str) -> np.ndarray:
    return pincel.colorize(picture, model, as_array=True, **options)


def default() -> np.ndarray:
    """Grey, painted, real; of the photographer nobody knows the colours."""
    rows = []
    for name, top, bottom in (("astronaut", 0.2, 0.8), ("hopper", 0.1, 0.95), ("rocket", 0.0, 1.0)):
        real = photo(name)
        shown = [rgb(grey(real)), painted(grey(real), "default"), real]
        rows.append([one[int(top * len(one)) : int(bottom * len(one))] for one in shown])
    unknown = np.full((*camera().shape, 3), 250, np.uint8)
    rows.append([rgb(camera()), painted(camera(), "default"), unknown])
    return contact_sheet(rows, ["grey", "painted", "real"], 150)


def classes() -> np.ndarray:
    """What is none of the eight kinds, and a person: told nothing, told "flower", and by `default`."""
    rows = []
    for name in ("coffee", "rocket", "astronaut"):
        real = photo(name)
        one = grey(real)
        told = [painted(one, "classes", label=label) for label in ("unknown", "flower")]
        rows.append([*told, painted(one, "default"), real])
    return contact_sheet(rows, ["told nothing", "told flower", "default", "real"], 130)


def sketch() -> np.ndarray:
    """Drawings above, paintings below: white petals, many small flowers, a cat, a cup."""
    daisy, sunflower = (np.asarray(Image.open(pincel.example(name)).convert("RGB")) for name in ("daisy", "sunflower"))
    field = np.tile(resize(daisy, daisy.shape[0] // 4, daisy.shape[1] // 4), (4, 4, 1))
    outlines = [rgb(draw_at(photo(name), SketchStyle(), 256)) for name in ("cat", "coffee")]
    drawings = [sunflower, field, *outlines]
    paintings = [pincel.translate(drawing, "sketch", as_array=True) for drawing in drawings]
    return contact_sheet([drawings, paintings], ["a sunflower", "many small ones", "a cat", "a cup"], 160)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    out = parser.parse_args().out
    for make in (default, classes, sketch):
        path = out / f"{make.__name__}-fails.jpg"
        Image.fromarray(make()).save(path, quality=82)
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
