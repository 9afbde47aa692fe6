"""The times and the figure of docs/sketches.md.

python benchmarks/sketches.py --hed photos/weights/hed_vgg16.safetensors [--out docs/images/sketches.png]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

import pincel
from pincel.imaging.edges import SketchStyle, draw_at, draw_sketch
from pincel.imaging.read import read
from pincel.imaging.resize import resize
from pincel.imaging.sheet import contact_sheet
from pincel.training.hed_edges import hed_edges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hed", type=Path, required=True, help="weights of HED; docs/photos.md tells where from")
    parser.add_argument("--out", type=Path, default=Path("docs/images/sketches.png"))
    arguments = parser.parse_args()
    edges = hed_edges(arguments.hed)
    methods = {"canny": (None, 100), "xdog": (None, 100), "hed": (edges, 3)}

    photo = resize(read(pincel.example("astronaut")).rgb(), 256, 256)
    for method, (edge_function, times) in methods.items():
        began = time.process_time()
        for _ in range(times):
            draw_sketch(photo, SketchStyle(method=method), edge_function)
        print(f"{method}: {1000 * (time.process_time() - began) / times:.1f} ms of processor time a photo of 256 px")

    rows = []
    for name in ("cat", "coffee"):
        shown = read(pincel.example(name)).rgb()
        drawn = [draw_at(shown, SketchStyle(method=name), 256, function) for name, (function, _) in methods.items()]
        rows.append([shown, *(one[..., None].repeat(3, axis=2) if one.ndim == 2 else one for one in drawn)])
    sheet = Image.fromarray(np.asarray(contact_sheet(rows, ["photo", *methods], 180)))
    sheet.quantize(256).save(arguments.out, optimize=True)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
