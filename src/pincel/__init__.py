"""Pincel: conditional GANs that turn one picture into another.

>>> import pincel
>>> photo = pincel.colorize(pincel.example("cat"))  # a path, a Pillow image or an array -> a Pillow image
>>> photo.size
(451, 300)
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pincel.errors import ModelError, PictureError, PincelError, RecipeError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from pincel.runtime.model_file import Model

__all__ = [
    "ModelError",
    "PictureError",
    "PincelError",
    "RecipeError",
    "colorize",
    "example",
    "list_models",
    "load_model",
]


def colorize(
    picture: str | Path | Image.Image | np.ndarray,
    model: str | Path | Model = "default",
    *,
    label: str | None = None,
    saturation: float = 1.0,
    working_size: int | None = None,
) -> Image.Image:
    """Colour one picture.

    Args:
        picture: a path, a Pillow image, or an sRGB array (H, W) or (H, W, 3), uint8 or uint16. Colours it may have
            are not looked at.
        model: an embedded model's name, the path of a model file, or a loaded model.
        label: what the picture shows, for a model with labels: a class, ``unknown``, or ``auto`` to let it tell.
        saturation: factor on chroma; 1 is as the model paints, 0 is grey.
        working_size: long side in pixels that the network sees; as the model's card says by default.

    Returns:
        A Pillow image of the same size: RGB, or RGBA when the picture had alpha; 8 bit.

    Raises:
        PictureError: the picture cannot be read.
        ModelError: no such model, it does another task, or it does not know the label.
    """
    import numpy as np
    from PIL import Image

    from pincel.imaging.read import Picture, from_image, read
    from pincel.runtime.model_file import load_model
    from pincel.runtime.painter import paint

    if isinstance(picture, Image.Image):
        opened = from_image(picture)
    elif isinstance(picture, np.ndarray):
        opened = Picture(picture)
    else:
        opened = read(picture)
    pixels = paint(opened, load_model(model), label=label, working_size=working_size, saturation=saturation)
    alpha = opened.alpha
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
        alpha = None if alpha is None else (alpha // 257).astype(np.uint8)
    image = Image.fromarray(pixels)
    if alpha is not None:
        image.putalpha(Image.fromarray(alpha))
    return image


def load_model(model: str | Path = "default") -> Model:
    """A model to keep and use many times; see `pincel.runtime.model_file.load_model`."""
    from pincel.runtime.model_file import load_model

    return load_model(model)


def list_models() -> list[str]:
    """Names of the models that come with Pincel."""
    from pincel.runtime.model_file import embedded_models

    return list(embedded_models())


def example(name: str) -> Path:
    """The path of an example photo that comes with Pincel: ``astronaut``, ``cat``, ``coffee`` or ``rocket``."""
    from pincel.errors import pick

    folder = Path(str(resources.files("pincel"))) / "examples"
    return pick({path.stem: path for path in folder.glob("*.jpg")}, name, "example")
