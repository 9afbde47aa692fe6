"""Pincel: conditional GANs that turn one picture into another.

>>> import pincel
>>> photo = pincel.colorize(pincel.example("cat"))  # a path, a Pillow image or an array -> a Pillow image
>>> photo.size
(451, 300)
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pincel.errors import ModelError, PictureError, PincelError, RecipeError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from pincel.imaging.read import Picture
    from pincel.runtime.model_file import Model
    from pincel.runtime.painter import Painting

# onnxruntime reads it when it is imported; the processes that Pincel starts inherit it
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "ModelError",
    "PictureError",
    "PincelError",
    "RecipeError",
    "colorize",
    "example",
    "list_models",
    "load_model",
    "translate",
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
    from pincel.runtime.model_file import load_model
    from pincel.runtime.painter import paint_labelled

    opened = _open(picture)
    return _image(
        opened,
        paint_labelled(opened, load_model(model), label=label, working_size=working_size, saturation=saturation),
    )


def translate(
    picture: str | Path | Image.Image | np.ndarray,
    model: str | Path | Model = "sketch",
    *,
    label: str | None = None,
    working_size: int | None = None,
) -> Image.Image:
    """Turn a drawing into a photo, or any picture A into a picture B; what it does is the model's.

    Args:
        picture: a path, a Pillow image, or an sRGB array (H, W) or (H, W, 3), uint8 or uint16. For a sketch model a
            drawing of any kind, dark on light or light on dark.
        model: an embedded model's name, the path of a model file, or a loaded model.
        label: what it should show, for a model with labels.
        working_size: long side in pixels that the network paints; as the model's card says by default.

    Returns:
        A Pillow image of the same size, 8 bit.

    Raises:
        PictureError: the picture cannot be read.
        ModelError: no such model, it only colours, or it does not know the label.
    """
    from pincel.runtime.model_file import load_model
    from pincel.runtime.translator import translate

    opened = _open(picture)
    return _image(opened, translate(opened, load_model(model), label=label, working_size=working_size))


def _open(picture: str | Path | Image.Image | np.ndarray) -> Picture:
    import numpy as np
    from PIL import Image

    from pincel.imaging.read import Picture, from_image, read

    if isinstance(picture, Image.Image):
        return from_image(picture)
    return Picture(picture) if isinstance(picture, np.ndarray) else read(picture)


def _image(picture: Picture, painting: Painting) -> Image.Image:
    """A painting as an 8-bit image, with the picture's alpha where that holds for it."""
    import numpy as np
    from PIL import Image

    def as_8_bit(values: np.ndarray) -> np.ndarray:
        return (values // 257).astype(np.uint8) if values.dtype == np.uint16 else values

    image = Image.fromarray(as_8_bit(painting.pixels))
    if picture.alpha is not None and painting.keeps_alpha:
        image.putalpha(Image.fromarray(as_8_bit(picture.alpha)))
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
    """The path of an example that comes with Pincel.

    Photos: ``astronaut``, ``cat``, ``coffee``, ``rocket``. Drawings: ``daisy``, ``rose``, ``sunflower``, ``tulip``.
    """
    from pincel.errors import pick

    folder = Path(str(resources.files("pincel"))) / "examples"
    return pick({path.stem: path for path in folder.glob("*.*g")}, name, "example")
