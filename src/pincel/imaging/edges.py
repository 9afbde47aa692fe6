"""Sketches out of photos: dark lines on white paper, by Canny, by XDoG, or from a learnt edge map (HED)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import cv2
import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from pincel.errors import PincelError
from pincel.imaging.color import as_float, from_float, grey_rec601
from pincel.imaging.picture import Picture
from pincel.imaging.resize import fit_size, resize

__all__ = [
    "METHODS",
    "EdgeFunction",
    "SketchStyle",
    "draw_at",
    "draw_picture",
    "draw_sketch",
    "style_of",
]

EdgeFunction = Callable[[np.ndarray], np.ndarray]  # uint8 sRGB (H, W, 3) -> float32 (H, W), 0..1: how surely an edge

METHODS: dict[str, tuple[str, ...]] = {  # method -> the parameters that are its own
    "canny": ("sigma", "low", "high", "shortest", "thickness"),
    "xdog": ("sigma", "k", "p", "epsilon", "phi", "shortest"),
    "hed": ("threshold", "shortest", "thickness"),
}
FLAT = 24.0  # strong gradients of a picture under this (Sobel; an edge of 8-bit steps gives about 4 a step) are noise
STROKE = 16  # of 255: what is fainter belongs to no stroke


class SketchStyle(BaseModel):
    """How sketches are drawn; it stands in recipes and model cards, so that new sketches look like the learnt ones.

    A dumped style holds the parameters of its method only; a parameter of another method is an error.

    Attributes:
        method: ``canny`` (thin outlines; Canny 1986), ``xdog`` (brush and ink, darker on the darker side of an edge;
            Winnemoeller et al. 2012), ``hed`` (outlines of things rather than of texture, found by a network; Xie & Tu
            2015).
        shortest: strokes of fewer pixels than this share of the long side are left out.
        thickness: canny, hed: of the lines, in pixels.
        sigma: canny, xdog: smoothing before, standard deviation in pixels.
        low: canny: where lines end, as a share of the picture's strong gradients (their 99th percentile).
        high: canny: a line needs a pixel over this share.
        k: xdog: the larger smoothing is ``k * sigma``.
        p: xdog: sharpness, the weight of the difference of the two.
        epsilon: xdog: sharpened greys (0..1 and beyond) above this are paper; higher values fill dark parts.
        phi: xdog: how fast darker greys become ink.
        threshold: hed: a line needs a pixel as sure as this (0..1), and ends at half of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["canny", "xdog", "hed"] = "canny"
    shortest: float = Field(default=0.1, ge=0, lt=1)
    thickness: int = Field(default=1, ge=1, le=15)
    sigma: float = Field(default=1.0, gt=0, le=20)
    low: float = Field(default=0.2, gt=0, lt=1)
    high: float = Field(default=0.5, gt=0, lt=1)
    k: float = Field(default=1.6, gt=1, le=10)
    p: float = Field(default=30.0, gt=0, le=1000)
    epsilon: float = Field(default=0.0, ge=-20, lt=1)
    phi: float = Field(default=5.0, gt=0, le=1000)
    threshold: float = Field(default=0.4, gt=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> SketchStyle:
        known = {"method", *METHODS[self.method]}
        foreign = sorted(self.model_fields_set - known)
        if foreign:
            raise ValueError(f"{self.method} has no '{foreign[0]}'; it has {', '.join(METHODS[self.method])}")
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) is above high ({self.high:g})")
        return self

    @model_serializer(mode="wrap")
    def _own(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        names = {"method", *METHODS[self.method]}
        return {name: value for name, value in handler(self).items() if name in names}


def style_of(method: str, settings: Iterable[str] = ()) -> SketchStyle:
    """The style of a method with some of its parameters changed.

    Args:
        method: ``canny``, ``xdog`` or ``hed``.
        settings: as ``sigma=1.4``.

    Raises:
        PincelError: an unknown parameter, or a value that is not allowed.

    >>> style_of("canny", ["high=0.4"]).high
    0.4
    """
    values: dict[str, Any] = {"method": method}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise PincelError(f"'{setting}' is not of the form KEY=VALUE; {method} has {', '.join(METHODS[method])}")
        if name not in METHODS[method]:
            raise PincelError(f"{method} has no '{name}'; it has {', '.join(METHODS[method])}")
        values[name] = value
    try:
        return SketchStyle.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        message = problem["msg"].removeprefix("Value error, ")
        name = f"{problem['loc'][0]}={problem['input']}: " if problem["loc"] else ""
        raise PincelError(f"{method} sketches: {name}{message[0].lower()}{message[1:]}") from None


def draw_sketch(rgb: np.ndarray, style: SketchStyle, edge_function: EdgeFunction | None = None) -> np.ndarray:
    """The sketch of a photo.

    Args:
        rgb: sRGB uint8 (H, W, 3), or grey (H, W).
        style: method and parameters.
        edge_function: gives the edge map for ``hed``.

    Returns:
        uint8 (H, W): lines 0, paper 255.

    Raises:
        PincelError: ``hed`` without an edge function.
    """
    if style.method == "hed":
        if edge_function is None:
            raise PincelError(
                "sketches by 'hed' need the weights of its network (--weights hed_vgg16.safetensors); "
                "'canny' and 'xdog' need none"
            )
        drawn = _thin(edge_function(rgb if rgb.ndim == 3 else cv2.cvtColor(rgb, cv2.COLOR_GRAY2RGB)), style.threshold)
    else:
        drawn = _canny(rgb, style) if style.method == "canny" else _xdog(rgb, style)
    drawn = _without_short(drawn, style.shortest * max(drawn.shape))
    if style.thickness > 1:
        brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (style.thickness, style.thickness))
        drawn = cv2.dilate(drawn, brush)
    return cv2.bitwise_not(drawn)


def draw_at(
    rgb: np.ndarray, style: SketchStyle, size: int | None = None, edge_function: EdgeFunction | None = None
) -> np.ndarray:
    """The sketch of a large photo: edges looked for at a long side of ``size`` px, strokes smoothly enlarged.

    Edges of a large photo at its own size are texture; what counts is seen from afar. Smaller photos and ``size`` None:
    as `draw_sketch`, whose arguments and errors these are.
    """
    height, width = rgb.shape[:2]
    if size is None or max(height, width) <= size:
        return draw_sketch(rgb, style, edge_function)
    small = draw_sketch(resize(rgb, *fit_size(height, width, size)), style, edge_function)
    scale = max(height, width) / size
    tones = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    tones = cv2.GaussianBlur(tones, (0, 0), 0.5 * scale)  # stairs become strokes
    if style.method == "xdog":
        return tones
    return cv2.convertScaleAbs(np.clip(as_float(tones) * 4 - np.float32(2), 0, 1), alpha=255)


def draw_picture(
    picture: Picture, style: SketchStyle, size: int | None = None, edge_function: EdgeFunction | None = None
) -> np.ndarray:
    """`draw_at` of a picture file's content: 16 bit, grey, and transparent pictures (laid on white) too."""
    rgb, alpha = picture.rgb(), picture.alpha
    if alpha is not None:
        opacity = as_float(alpha)[..., None]
        rgb = from_float(as_float(rgb) * opacity + (1 - opacity))
    if rgb.dtype == np.uint16:
        rgb = (rgb >> 8).astype(np.uint8)
    return draw_at(rgb, style, size, edge_function)


def _canny(rgb: np.ndarray, style: SketchStyle) -> np.ndarray:
    """uint8 (H, W), 255 on lines one pixel wide. At each pixel the gradient is that of the strongest colour channel."""
    smooth = cv2.GaussianBlur(rgb, (0, 0), style.sigma)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
    rows = (d[::4].astype(np.float32) for d in (dx, dy))  # a quarter of the picture tells the percentile
    channels = cv2.split(cv2.magnitude(*rows))
    strength = (channels[0] if len(channels) == 1 else cv2.max(cv2.max(*channels[:2]), channels[2])).ravel()
    rank = int(0.99 * (strength.size - 1))
    strong = max(float(np.partition(strength, rank)[rank]), FLAT)
    return cv2.Canny(dx, dy, style.low * strong, style.high * strong, L2gradient=True)


def _xdog(rgb: np.ndarray, style: SketchStyle) -> np.ndarray:
    """uint8 (H, W), 255 is ink. Winnemoeller et al. 2012: sharpened grey (eq. 7), then the soft threshold (eq. 5)."""
    grey = as_float(grey_rec601(rgb) if rgb.ndim == 3 else rgb)
    fine, coarse = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (style.sigma, style.k * style.sigma))
    sharp = cv2.addWeighted(fine, 1 + style.p, coarse, -style.p, 0)
    return from_float(np.tanh(style.phi * np.maximum(style.epsilon - sharp, 0)))


def _thin(edges: np.ndarray, threshold: float) -> np.ndarray:
    """Ridges of an edge map (H, W), 0..1, that reach ``threshold`` somewhere -> uint8 255 on lines one pixel wide."""
    smooth = cv2.GaussianBlur(edges, (0, 0), 1.0)
    xx, yy, xy = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=5) for order in ((2, 0), (0, 2), (1, 1)))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)  # of one principal curvature ...
    across = np.where(np.cos(2 * angle) * (xx - yy) + 2 * np.sin(2 * angle) * xy < 0, angle, angle + np.pi / 2)
    rows, columns = np.indices(edges.shape, np.float32)
    dx, dy = np.cos(across).astype(np.float32), np.sin(across).astype(np.float32)
    sides = [  # outside is 1: the picture's rim is no ridge, but lines may end there
        cv2.remap(smooth, columns + sign * dx, rows + sign * dy, cv2.INTER_LINEAR, borderValue=1) for sign in (1, -1)
    ]
    ridge = (smooth >= sides[0]) & (smooth >= sides[1]) & (edges >= threshold / 2)
    count, parts = _connected(ridge.astype(np.uint8))
    sure = np.zeros(count, bool)
    sure[parts[ridge & (edges >= threshold)]] = True
    return np.where(sure[parts] & ridge, 255, 0).astype(np.uint8)


def _without_short(drawn: np.ndarray, shortest: float) -> np.ndarray:
    """Ink whose strokes (connected pixels that are at least `STROKE`) have ``shortest`` pixels or more."""
    count, parts = _connected(cv2.threshold(drawn, STROKE - 1, 255, cv2.THRESH_BINARY)[1])
    kept = np.where(np.bincount(parts.ravel(), minlength=count) >= shortest, 255, 0).astype(np.uint8)
    kept[0] = STROKE - 1  # the soft rest of the picture
    return cv2.min(drawn, kept[parts])


def _connected(drawn: np.ndarray) -> tuple[int, np.ndarray]:
    """How many strokes there are, paper counted as one, and the number of each pixel's stroke (0: paper)."""
    count, parts = cv2.connectedComponents(drawn)
    return count, np.asarray(parts, np.int32)
