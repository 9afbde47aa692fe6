"""How photos in colour are told from toned prints, as in docs/experiments/in-colour.md.

    python benchmarks/in_color.py photos

The folder has ``test_photos/colour``, ``test_photos/grey``, ``natural_images``, ``general`` and ``flowers``: see
docs/photos.md.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pincel.imaging.color import from_float, lab_to_rgb, rgb_to_lab
from pincel.imaging.in_color import in_color
from pincel.imaging.read import read


def grey_of(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)


def sepia(grey: np.ndarray) -> np.ndarray:
    return np.clip(np.dstack([grey * 1.07, grey * 0.94, grey * 0.75]), 0, 255).astype(np.uint8)


def cyanotype(grey: np.ndarray) -> np.ndarray:
    share = grey / 255
    return (255 * np.dstack([share**1.6 * 0.95, share**1.15 * 0.97, share**0.75])).clip(0, 255).astype(np.uint8)


def yellowed(grey: np.ndarray) -> np.ndarray:
    """Unevenly, with the noise of a scanner."""
    chance = np.random.default_rng(grey.size)
    stain = cv2.resize(chance.random((4, 4)).astype(np.float32), grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
    paper = np.dstack([grey, grey * (0.97 - 0.05 * stain), grey * (0.85 - 0.15 * stain)])
    return np.clip(paper + chance.normal(0, 4, paper.shape), 0, 255).astype(np.uint8)


def cast(grey: np.ndarray) -> np.ndarray:
    """A scanner that is bluish in the lights and greenish in the shadows."""
    share = grey / 255
    stored = np.dstack([grey * 0.97, grey + 6 * (1 - share), grey * 0.98 + 5 * share]).clip(0, 255).astype(np.uint8)
    return as_jpeg(stored, 90)


def hand_tinted(grey: np.ndarray) -> np.ndarray:
    """Sepia with one pink cheek."""
    lab = rgb_to_lab(sepia(grey))
    height, width = grey.shape
    cheek = np.zeros((height, width), np.float32)
    cv2.ellipse(cheek, (width // 2, height // 3), (width // 12, height // 12), 0, 0, 360, 1, -1)
    cheek = cv2.GaussianBlur(cheek, (0, 0), width * 0.02)
    return from_float(lab_to_rgb(lab[..., 0].copy(), lab[..., 1:] + cheek[..., None] * np.array([14, 4], np.float32)))


def as_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return read(buffer.getvalue()).rgb()


TONES = {
    "sepia copies": sepia,
    "cyanotype copies": cyanotype,
    "unevenly yellowed copies, with noise": yellowed,
    "copies with a scanner's cast": cast,
    "sepia copies with one tinted cheek": hand_tinted,
    "sepia copies as JPEG of quality 40": lambda grey: as_jpeg(sepia(grey), 40),
}


def main() -> None:
    data = Path(sys.argv[1])
    every = {name: sorted((data / name).glob("*/*.jpg"))[::60] for name in ("natural_images", "general", "flowers")}
    sets = {
        "colour photos of the test set": sorted((data / "test_photos" / "colour").iterdir()),
        "old photos": sorted((data / "test_photos" / "grey").iterdir()),
        "natural_images and general, every 60th": every["natural_images"] + every["general"],
        "flowers, every 60th": every["flowers"],
    }
    photos = {name: [read(path).pixels for path in paths] for name, paths in sets.items()}
    print("| set | photos | told as colour |\n|---|---|---|")
    for name, pictures in photos.items():
        print(f"| {name} | {len(pictures)} | {sum(in_color(picture) for picture in pictures)} |")
    colour, old, others, _ = photos.values()
    greys = [grey_of(rgb) for rgb in (*colour, *others[::3]) if rgb.ndim == 3] + [p.astype(np.float32) for p in old]
    for name, tone in TONES.items():
        print(f"| {name} | {len(greys)} | {sum(in_color(tone(grey)) for grey in greys)} |")


if __name__ == "__main__":
    main()
