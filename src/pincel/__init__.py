"""Pincel: conditional GANs that turn one picture into another.

>>> import pincel
>>> photo = pincel.colorize(pincel.example("cat"))  # a path, a Pillow image or an array -> a Pillow image
>>> photo.size
(451, 300)
"""

from __future__ import annotations

import warnings
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, TypedDict, Unpack, overload

from pincel import telemetry
from pincel.errors import ModelError, PictureError, PincelError, PincelWarning, RecipeError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from pincel.runtime.model_file import Model
    from pincel.runtime.paint_options import PaintOptions

    Given: TypeAlias = str | Path | bytes | BinaryIO | Image.Image | np.ndarray

    class _Painting(TypedDict, total=False):
        label: str | None
        working_size: int | None
        page: int | None

    class _Coloring(_Painting, total=False):
        saturation: float


telemetry.silence()  # before any of the libraries is imported

__version__ = "0.1.0"

__all__ = [
    "ModelError",
    "PictureError",
    "PincelError",
    "PincelWarning",
    "RecipeError",
    "__version__",
    "colorize",
    "example",
    "list_models",
    "load_model",
    "paint",
    "translate",
]


@overload
def colorize(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[False] = ..., **options: Unpack[_Coloring]
) -> Image.Image: ...
@overload
def colorize(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[True], **options: Unpack[_Coloring]
) -> np.ndarray: ...
def colorize(
    picture: Given,
    model: str | Path | Model = "default",
    *,
    label: str | None = None,
    saturation: float = 1.0,
    working_size: int | None = None,
    page: int | None = None,
    as_array: bool = False,
) -> Image.Image | np.ndarray:
    """Colour one picture.

    Colours it may have are not looked at; a picture that is in colour already is painted with a `PincelWarning`.

    Args:
        picture: a path, the bytes of a file, an open file, a Pillow image, or an sRGB array (H, W), (H, W, 1),
            (H, W, 3), or (H, W, 4) with transparency; uint8, uint16, bool, or float in 0..1.
        model: an embedded model's name, the path of a model file, ``hf:owner/name``, or a loaded model.
        label: what the picture shows, for a model with labels: a class, ``unknown``, or ``auto`` to let it tell.
        saturation: factor on chroma; 1 is as the model paints, 0 is grey.
        working_size: long side in pixels that the network sees; as the model's card says by default.
        page: which picture of a file with several, from 1; the first, with a `PincelWarning`, by default.
        as_array: give the painting as an array, as deep as the picture.

    Returns:
        A Pillow image of the same size: RGB, or RGBA when the picture had alpha; 8 bit. Its ``save`` keeps what the
        photo's file told (EXIF, IPTC, XMP, resolution). Or sRGB (H, W, 3), uint8 or uint16.

    Raises:
        PictureError: the picture cannot be read.
        ModelError: no such model, it does another task, or it does not know the label.
    """
    from pincel.runtime.paint_options import PaintOptions

    return _paint(picture, model, PaintOptions(label, working_size, saturation), page, as_array, command="colorize")


@overload
def translate(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[False] = ..., **options: Unpack[_Painting]
) -> Image.Image: ...
@overload
def translate(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[True], **options: Unpack[_Painting]
) -> np.ndarray: ...
def translate(
    picture: Given,
    model: str | Path | Model = "sketch",
    *,
    label: str | None = None,
    working_size: int | None = None,
    page: int | None = None,
    as_array: bool = False,
) -> Image.Image | np.ndarray:
    """Turn a drawing into a photo, or any picture A into a picture B; what it does is the model's.

    Args:
        picture: as of `colorize`. For a sketch model a drawing of any kind, dark on light or light on dark.
        model: an embedded model's name, the path of a model file, ``hf:owner/name``, or a loaded model.
        label: what it should show, for a model with labels.
        working_size: long side in pixels that the network paints; as the model's card says by default.
        page: as of `colorize`.
        as_array: as of `colorize`.

    Returns:
        A Pillow image of the same size, 8 bit; or an array.

    Raises:
        PictureError: the picture cannot be read.
        ModelError: no such model, it only colours, or it does not know the label.
    """
    from pincel.runtime.paint_options import PaintOptions

    return _paint(picture, model, PaintOptions(label, working_size), page, as_array, command="translate")


@overload
def paint(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[False] = ..., **options: Unpack[_Coloring]
) -> Image.Image: ...
@overload
def paint(
    picture: Given, model: str | Path | Model = ..., *, as_array: Literal[True], **options: Unpack[_Coloring]
) -> np.ndarray: ...
def paint(
    picture: Given,
    model: str | Path | Model = "default",
    *,
    label: str | None = None,
    saturation: float = 1.0,
    working_size: int | None = None,
    page: int | None = None,
    as_array: bool = False,
) -> Image.Image | np.ndarray:
    """Paint one picture with any model, as its task says: colour it, or make another picture of it.

    Args:
        picture: as of `colorize`.
        model: an embedded model's name, the path of a model file, ``hf:owner/name``, or a loaded model.
        label: what the picture shows or should show, for a model with labels; as of `colorize`.
        saturation: as of `colorize`; only for models that colour.
        working_size: long side in pixels that the network sees; as the model's card says by default.
        page: as of `colorize`.
        as_array: as of `colorize`.

    Returns:
        A Pillow image of the same size, 8 bit; or an array.

    Raises:
        PictureError: the picture cannot be read.
        ModelError: no such model, it does not know the label, or it paints no colours that could be made stronger.
    """
    from pincel.runtime.paint_options import PaintOptions

    return _paint(picture, model, PaintOptions(label, working_size, saturation), page, as_array)


def _paint(
    picture: Given,
    model: str | Path | Model,
    options: PaintOptions,
    page: int | None,
    as_array: bool,
    command: str | None = None,
) -> Image.Image | np.ndarray:
    """Open, paint, give back; with a model that ``command`` paints with, where one is named."""
    from pincel.imaging.given import picture_of
    from pincel.imaging.in_color import in_color
    from pincel.imaging.painted_image import as_image
    from pincel.runtime.model_file import load_model, require_task
    from pincel.runtime.painter import finished, paint
    from pincel.tasks import tasks_of

    opened, loaded = picture_of(picture, 1 if page is None else page), load_model(model)
    if command is not None:
        require_task(loaded, *tasks_of(command))
    notes = [*opened.notes]
    if opened.pages > 1 and page is None:
        notes.insert(0, f"the file has {opened.pages} pages, of which the first was painted; page=2 paints the second")
    if loaded.task.keeps_lightness and in_color(opened.pixels, opened.alpha):
        notes.append("the picture is in colour already; its colours were not looked at")
    for note in notes:
        warnings.warn(note, PincelWarning, stacklevel=3)
    painting = paint(opened, loaded, options)
    return painting.pixels if as_array else as_image(finished(opened, painting))


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
