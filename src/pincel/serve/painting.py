"""What a painting worker does: bytes of a picture in, bytes of the painted picture out. No torch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pincel.runtime.paint_options import PaintOptions
from pincel.serve.settings import Limits
from pincel.serve.worker import Tell

if TYPE_CHECKING:
    from pincel.runtime.model_file import Model

__all__ = ["PaintOrder", "PaintWork"]


@dataclass(frozen=True)
class PaintOrder:
    """One picture to paint; the options are those of the command line.

    Attributes:
        model: the file; from the server's own list, never from the client.
        options: what painting is told.
        max_pixels: larger pictures are refused before they are decoded.
        max_memory: bytes; as well those that would take more.
        page: which picture of a file with several, from 1.
        name: how errors call the picture.
    """

    model: Path
    options: PaintOptions
    side_by_side: bool = False
    file_format: str | None = None
    quality: int = 95
    max_pixels: int = Limits.pixels
    max_memory: int = Limits().memory_bytes
    page: int = 1
    name: str = "the picture"


class PaintWork:
    """Colours, draws and translates; see `pincel.serve.worker.Work`.

    Args:
        models: files to load before the first order comes.
        cores: threads that an order gets which is alone.
    """

    def __init__(self, models: tuple[Path, ...], cores: int) -> None:
        self._models, self._cores = models, cores
        self._loaded: dict[tuple[Path, int], Model] = {}

    def prepare(self) -> None:
        """Imports and models, and a first small picture, so that the client's first does not wait for them."""
        import numpy as np

        from pincel.imaging.picture import Picture
        from pincel.imaging.read import read
        from pincel.imaging.write import encode
        from pincel.runtime.painter import paint

        small = read(encode(Picture(np.zeros((32, 32), np.uint8))).data)
        for path in self._models:
            paint(small, self._load(path, self._cores), workers=self._cores)

    def do(self, order: PaintOrder, data: bytes, threads: int, tell: Tell) -> tuple[dict[str, Any], bytes]:
        """Decode, paint, encode.

        Returns:
            Facts (``label``, ``note``, ``notice``, ``pages``, ``width``, ``height``, ``format``; seconds of each stage
            under its name), and the file.

        Raises:
            PincelError: the picture cannot be read, or the model cannot do what is asked.
        """
        from pincel.imaging.in_color import in_color
        from pincel.imaging.read import PictureLimits, read
        from pincel.imaging.write import encode, format_of
        from pincel.runtime.painter import bounded_size, check_label, finished, paint

        model = self._load(order.model, threads)
        check_label(model, order.options.label)
        begin = time.perf_counter()
        tell.stage("decode")
        limits = PictureLimits(order.max_pixels, order.max_memory)
        picture = read(data, page=order.page, limits=limits, name=order.name, on_size=tell.size)
        decoded = time.perf_counter()
        tell.stage("paint")
        painting = paint(picture, model, order.options, workers=threads)
        painted = time.perf_counter()
        tell.stage("encode")
        result = finished(picture, painting, side_by_side=order.side_by_side)
        encoded = encode(result, order.file_format, order.quality)
        notes = (bounded_size(model, order.options.working_size)[1], *picture.notes, *encoded.notes)
        had_colors = model.task.keeps_lightness and in_color(picture.pixels, picture.alpha)
        facts = {
            "label": painting.label,
            "note": "; ".join(note for note in notes if note),
            "notice": "already-in-colour" if had_colors else None,
            "pages": picture.pages,
            "width": result.width,
            "height": result.height,
            "format": format_of(result, order.file_format),
            "decode": decoded - begin,
            "paint": painted - decoded,
            "encode": time.perf_counter() - painted,
        }
        return facts, encoded.data

    def _load(self, path: Path, threads: int) -> Model:
        from pincel.runtime.model_file import load_model

        if (path, threads) not in self._loaded:
            self._loaded[path, threads] = load_model(path, threads=threads)
        return self._loaded[path, threads]
