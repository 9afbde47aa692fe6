"""What the explaining worker does: a heat map of one picture, or a strip with each label.

The only part that needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pincel.errors import ModelError, pick
from pincel.explain.options import ExplainOptions
from pincel.serve.catalogue import LABELS
from pincel.serve.worker import Tell

if TYPE_CHECKING:
    import numpy as np

    from pincel.explain.explained import Explained
    from pincel.imaging.picture import Picture

__all__ = ["ExplainOrder", "ExplainWork"]

LONGEST_SIDE = 512  # px, of a map
STRIP_HEIGHT = 256
SHOWN_QUANTILE = 0.995  # of a map's values: full colour


@dataclass(frozen=True)
class ExplainOrder:
    """One picture to explain.

    Attributes:
        model: folder of a run, or a model file; from the server's own list.
        options: of `pincel.explain`; the first method, the scalar, the label and the size count.
        max_pixels: larger pictures are refused.
        max_memory: bytes; as well those that would take more.
    """

    model: Path
    options: ExplainOptions
    max_pixels: int
    max_memory: int = 1_500_000_000


class ExplainWork:
    """Explains; see `pincel.serve.worker.Work`. Runs and models are loaded when they are first asked for, and kept."""

    def __init__(self) -> None:
        self._loaded: dict[Path, Explained] = {}

    def prepare(self) -> None:
        """Imports, seconds of them, while nobody waits."""
        for name in ("captum.attr", "pincel.explain.explain"):
            import_module(name)

    def do(self, order: ExplainOrder, data: bytes, threads: int, tell: Tell) -> tuple[dict[str, Any], bytes]:
        """A PNG: heat map with transparency, at most 512 px; or the strip.

        Raises:
            PincelError: the picture cannot be read, or the run has no such method or label.
        """
        import torch
        from PIL import Image

        from pincel.explain.explained import load_explained
        from pincel.imaging.read import PictureLimits, read
        from pincel.pages.write import png_bytes

        torch.set_num_threads(min(threads, torch.get_num_threads()))  # OMP_NUM_THREADS holds
        tell.stage("explain")
        if order.model not in self._loaded:
            self._loaded[order.model] = load_explained(order.model)
        explained = self._loaded[order.model]
        picture = read(data, limits=PictureLimits(order.max_pixels, order.max_memory))
        pixels = (_labels_strip if order.options.methods[0] == LABELS else _heat)(explained, order.options, picture)
        return {}, png_bytes(Image.fromarray(pixels))


def _heat(explained: Explained, options: ExplainOptions, picture: Picture) -> np.ndarray:
    """uint8 (H, W, 4): a map's colours, the more opaque the larger its value."""
    import numpy as np
    import torch

    from pincel.explain.gradcam import default_layers, gradcam, list_layers, pick_layer
    from pincel.explain.maps import MAPS
    from pincel.explain.report.pictures import heat
    from pincel.explain.scalars import question_of
    from pincel.explain.views import view_of_picture
    from pincel.imaging.resize import fit_size, resize

    view = view_of_picture(picture, explained, options.size or explained.working_size)
    label = explained.chosen_label(view.source, options.label)
    number = None if label is None else explained.label_number(label)
    source = torch.from_numpy(view.source)[None]
    scalar = question_of(explained, options, view.source.shape[-2:], number).scalar(explained)
    method = options.methods[0]
    if method == "gradcam":
        network = explained.require_network("Grad-CAM")
        layers = list_layers(network, source)
        values = gradcam(scalar, source, pick_layer(network, layers, default_layers(layers, network)[0]))
    else:
        values = pick(MAPS, method, "method")(scalar, source)
    top = float(np.quantile(values, SHOWN_QUANTILE)) or 1.0
    opacity = np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8)
    shown = np.dstack([heat(values, top), opacity])
    longest = min(LONGEST_SIDE, max(picture.height, picture.width))
    return resize(shown, *fit_size(picture.height, picture.width, longest))


def _labels_strip(explained: Explained, options: ExplainOptions, picture: Picture) -> np.ndarray:
    """uint8 (H, W, 3): the picture painted with each label, its name above it."""
    from pincel.explain.labels import paint_with_each_label
    from pincel.explain.views import view_of_picture
    from pincel.imaging.sheet import contact_sheet
    from pincel.runtime.painter import UNKNOWN

    if not explained.classes:
        raise ModelError(f"{explained.name} takes no label, so there is nothing to compare; choose another model")
    view = view_of_picture(picture, explained, options.size or explained.working_size)
    paintings = paint_with_each_label(explained, view.source, UNKNOWN)
    return contact_sheet([[one.rgb for one in paintings]], [one.label for one in paintings], STRIP_HEIGHT)
