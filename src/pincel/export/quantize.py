"""`quantize`: a model file -> a smaller one that computes in 8 bits, with what that costs measured and noted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pincel.data.scan import PictureFile
from pincel.errors import ModelError, PictureError, PincelError
from pincel.export.calibration import Example, choose, paint_example, read_example, recorded
from pincel.export.model_out import check_out, load_file, set_card, write_graph
from pincel.metrics.color import ciede2000
from pincel.metrics.quality import PSNR_OF_EQUAL, psnr
from pincel.runtime.card import ModelCard
from pincel.runtime.graph import read_graph
from pincel.runtime.model_file import Model, load_model

__all__ = ["Quantized", "quantize"]

MEASURED_SIDE = 256  # px, long side at which quality is measured: the protocol `photo` of `pincel evaluate`
LARGEST_LOSS, LARGEST_GAIN = 0.2, 0.3  # of PSNR in dB, of CIEDE2000: beyond them there is a warning


@dataclass(frozen=True)
class Quantized:
    """What came of it.

    Attributes:
        path: the new model file.
        card: its card; the facts are in ``card.quantization``.
        size: of the file in bytes. float32_size: of the same network with float32 weights.
        skipped: pictures that could not be read -> why.
        notes: what the user should know.
    """

    path: Path
    card: ModelCard
    size: int
    float32_size: int
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def quantize(
    model: str | Path | Model,
    folders: Sequence[Path],
    out: Path | None = None,
    *,
    split: str | Path | None = None,
    pictures: int = 128,
    measured: int = 100,
    on_progress: Callable[[int, int], None] | None = None,
) -> Quantized:
    """Quantise a model to static int8: ranges from real pictures, weights in 8 bits, the first and last layers float.

    Args:
        model: name, model file, or loaded model.
        folders: data sets to calibrate with and measure on; see `pincel.export.calibration.choose`.
        out: the .onnx file to write; ``NAME-int8.onnx`` here by default.
        split: a shipped name or a CSV file; the model's own by default.
        pictures: at most so many to calibrate with.
        measured: at most so many to measure the quality on.
        on_progress: called with (done, all).

    Raises:
        PincelError: an unusable model, output file or split, or no picture that can be read.
    """
    from pincel.export.int8_graph import CONVOLUTIONS, as_float32, is_int8, to_int8

    before = load_file(model)
    out = out or Path(f"{Path(before.card.name).name}-int8.onnx")  # a stranger's card chooses no folder
    check_out(out, before)
    graph = read_graph(before.path)
    if before.card.quantization or is_int8(graph):
        raise ModelError(f"{before.path} computes in 8 bits already; quantise the float model that it was made of")
    chosen = choose(before, folders, split, pictures, measured)
    progress = _Progress(on_progress, 2 * len(chosen.calibration) + len(chosen.measured))

    skipped: dict[str, str] = {}
    recorder, feeds = recorded(before)
    shown = 0
    for example in _readable(chosen.calibration, before, skipped):
        paint_example(example, recorder)
        shown += 1
        progress.step()
    if not shown:
        raise PincelError(f"none of the {len(skipped)} pictures can be read: {next(iter(skipped.values()))}")
    try:
        float32 = as_float32(graph)
        small = to_int8(float32, feeds, progress.step)
    except PincelError:
        raise
    except Exception:  # whatever onnxruntime's quantiser meets in a strange graph
        raise ModelError(f"{before.path} cannot be quantised: its network is not built as Pincel's are") from None
    with tempfile.TemporaryDirectory(prefix="pincel-") as folder:
        path = Path(folder) / "int8.onnx"
        set_card(small, before.card, before)
        path.write_bytes(small.SerializeToString())
        quality = _measure(chosen.measured, before, load_model(path), skipped, progress)
    facts = {
        "method": "static int8 QDQ: activations uint8 by their extremes, weights int8 a channel, no saturating pairs",
        "made_from": before.card.name,
        "calibration_pictures": shown,
        "split": chosen.split,
        "int8_convolutions": _count_int8(small),
        "float_convolutions": sum(node.op_type in CONVOLUTIONS for node in small.graph.node) - _count_int8(small),
        **quality,
        "onnxruntime": version("onnxruntime"),
    }
    # Figures of the float model, and its likeness to torch, are not this file's.
    fields = {"name": out.stem, "quantization": facts, "quality": {}, "parity": {}}
    card = before.card.model_copy(update=fields | {"created": datetime.now(UTC).strftime("%Y-%m-%d")})
    set_card(small, card, before)
    size = write_graph(small, out)
    notes = [*chosen.notes, *_seen(quality), *_losses(quality)]
    return Quantized(out, card, size, float32.ByteSize(), skipped, notes)


class _Progress:
    """Counts steps of equal weight."""

    def __init__(self, on_progress: Callable[[int, int], None] | None, total: int) -> None:
        self._on_progress, self._done, self._total = on_progress, 0, total

    def step(self) -> None:
        """One more is done."""
        self._done = min(self._done + 1, self._total)
        if self._on_progress:
            self._on_progress(self._done, self._total)


def _readable(
    files: Sequence[PictureFile], model: Model, skipped: dict[str, str], long_side: int | None = None
) -> Iterator[Example]:
    for file in files:
        try:
            yield read_example(file, model, long_side)
        except PictureError as error:
            skipped[file.key] = str(error)


def _measure(
    files: Sequence[PictureFile], before: Model, after: Model, skipped: dict[str, str], progress: _Progress
) -> dict[str, Any]:
    """Mean figures of both models on the same pictures: ``psnr_float``, ``psnr_int8`` and so on."""
    scores: dict[str, list[float]] = {}
    count = seen = 0
    for example in _readable(files, before, skipped, MEASURED_SIDE):
        for name, model in (("float", before), ("int8", after)):
            painted = paint_example(example, model)
            scores.setdefault(f"psnr_{name}", []).append(min(psnr(painted, example.real), PSNR_OF_EQUAL))
            if model.task.keeps_lightness:
                difference = ciede2000(_lab(painted), _lab(example.real))
                scores.setdefault(f"ciede2000_{name}", []).append(difference)
        count += 1
        seen += example.trained_on
        progress.step()
    means = {name: round(float(np.mean(values)), 4) for name, values in sorted(scores.items())}
    return {"measured_pictures": count, "measured_trained_on": seen, "measured_side": MEASURED_SIDE, **means}


def _lab(rgb: np.ndarray) -> np.ndarray:
    from skimage.color import rgb2lab

    return rgb2lab(rgb)


def _seen(quality: dict[str, Any]) -> list[str]:
    """A word on measured pictures that the model was trained on."""
    if not quality["measured_trained_on"]:
        return []
    seen, measured = quality["measured_trained_on"], quality["measured_pictures"]
    return [
        f"{seen} of the {measured} measured pictures were trained on: the figures flatter the model; "
        "give pictures that are new to it, or its run's split with --split RUN/split.csv"
    ]


def _losses(quality: dict[str, Any]) -> list[str]:
    """A warning where int8 costs more than it may."""
    if not quality["measured_pictures"]:
        return ["no picture could be read to measure the quality on"]
    worse = []
    psnr_change = quality["psnr_int8"] - quality["psnr_float"]
    if psnr_change < -LARGEST_LOSS:
        worse.append(f"{-psnr_change:.2f} dB of PSNR")
    change = quality.get("ciede2000_int8", 0.0) - quality.get("ciede2000_float", 0.0)  # measured of colours alone
    if change > LARGEST_GAIN:
        worse.append(f"{change:.2f} of CIEDE2000")
    if not worse:
        return []
    return [f"int8 costs {' and '.join(worse)} here; look at its paintings, or calibrate with more pictures"]


def _count_int8(model: Any) -> int:
    """Convolutions that take in and give out 8-bit values."""
    scaled = {node.output[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    return sum(node.op_type == "Conv" and node.input[1] in scaled for node in model.graph.node)
