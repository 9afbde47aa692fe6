"""What int8 costs and gains: ways to quantise a colorizer, side by side.

    python benchmarks/quantization.py --data FOLDER... [--model NAME|FILE] [--calibrate 48] [--measure 24] [--repeat 15]
        [--only WORD]

Every row is one way. Size and latency are ratios to the float32 file of the same network; latency: medians of the
processor time of runs in turn, one thread, 256 x 256 px, so that other load on the machine hardly changes it. The error
is the root mean square difference of the painted ab to float32's, in Lab units, on validation pictures; PSNR and
CIEDE2000 are changes against the real photos at a long side of 256 px.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from skimage.color import rgb2lab

from pincel.export.calibration import choose, paint_example, read_example, recorded
from pincel.export.int8_graph import as_float32, int8_nodes, to_int8
from pincel.metrics.color import ciede2000
from pincel.metrics.quality import psnr
from pincel.runtime.model_file import Model, load_model
from pincel.tasks.colorize import AB_SCALE


class Feeds:
    """Calibration data, one picture at a time, so that histograms do not fill the memory."""

    def __init__(self, feeds: list[dict[str, np.ndarray]]) -> None:
        self.feeds, self.rest = feeds, iter(feeds)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.rest, None)

    def __len__(self) -> int:
        return len(self.feeds)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.rest = iter(self.feeds[start_index:end_index])


def plain(network: onnx.ModelProto, feeds: list[dict[str, np.ndarray]], out: Path, **options: object) -> None:
    """onnxruntime's own quantisation, with what ``options`` change."""
    settings = {
        "quant_format": QuantFormat.QDQ,
        "per_channel": True,
        "activation_type": QuantType.QUInt8,
        "weight_type": QuantType.QInt8,
        "calibrate_method": CalibrationMethod.MinMax,
        "extra_options": {},
    } | options
    if settings["calibrate_method"] is not CalibrationMethod.MinMax:
        settings["extra_options"] = {"CalibStridedMinMax": 1, **settings["extra_options"]}
    with contextlib.redirect_stdout(io.StringIO()):
        quantize_static(onnx.ModelProto.FromString(network.SerializeToString()), out, Feeds(feeds), **settings)


def ways(network: onnx.ModelProto):
    """Title -> function(feeds, out)."""

    def ours(**options):
        return lambda feeds, out: plain(network, feeds, out, nodes_to_quantize=chosen, **options)

    chosen = int8_nodes(network)
    convolutions = [node for node in network.graph.node if node.op_type == "Conv"]
    inner = [node.name for node in convolutions if node.name in chosen]
    depthwise = {t.name for t in network.graph.initializer if len(t.dims) == 4 and t.dims[1] == 1}
    slow = {node.name for node in convolutions if node.input[1] in depthwise}
    wide = {"extra_options": {"TensorQuantOverrides": {
        node.input[1]: [{"quant_type": QuantType.QInt8, "symmetric": True, "reduce_range": True, "axis": 0}]
        for node in convolutions if node.name in inner and node.input[1] not in depthwise}}}  # fmt: skip
    return {
        "everything, weights 8 bits": lambda feeds, out: plain(network, feeds, out),
        "everything, weights 7 bits (reduce_range)": lambda feeds, out: plain(network, feeds, out, reduce_range=True),
        "everything, activations int8": lambda feeds, out: plain(network, feeds, out, activation_type=QuantType.QInt8),
        "everything, weights uint8": lambda feeds, out: plain(
            network, feeds, out, weight_type=QuantType.QUInt8, extra_options={"WeightSymmetric": True}),
        "everything, QOperator instead of QDQ": lambda feeds, out: plain(
            network, feeds, out, quant_format=QuantFormat.QOperator),
        "first and last float, weights 8 bits": ours(),
        "first and last float, one scale a tensor": ours(per_channel=False),
        "first and last float, weights 7 bits but depthwise 8": ours(**wide),
        "the same, percentile 99.99": ours(**wide | {
            "calibrate_method": CalibrationMethod.Percentile,
            "extra_options": wide["extra_options"] | {"CalibPercentile": 99.99}}),
        "the same, entropy": ours(**wide | {"calibrate_method": CalibrationMethod.Entropy}),
        "the same, mean of the pictures' extremes": ours(
            **wide | {"extra_options": wide["extra_options"] | {"CalibMovingAverage": True}}),
        "convolutions only": lambda feeds, out: plain(network, feeds, out, nodes_to_quantize=inner, **wide),
        "depthwise convolutions float": lambda feeds, out: plain(network, feeds, out, nodes_to_quantize=[
            name for name in chosen if name not in slow], **wide),
        "pincel quantize: no saturating pairs": lambda feeds, out: onnx.save(to_int8(network, feeds), out),
    }  # fmt: skip


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def latency_ratio(path: Path, reference: Path, repeat: int, side: int = 256) -> tuple[float, float]:
    """Median milliseconds of the reference, and the ratio of medians; the two run in turn."""
    source = {"source": np.random.default_rng(0).uniform(-1, 1, (1, 1, side, side)).astype(np.float32)}
    sessions, seconds = [session(reference), session(path)], [[], []]
    for turn in range(repeat + 2):
        for one, times in zip(sessions, seconds, strict=True):
            begin = time.thread_time()
            one.run(None, source)
            if turn > 1:
                times.append(time.thread_time() - begin)
    reference_ms, ms = (1000 * float(np.median(times)) for times in seconds)
    return reference_ms, ms / reference_ms


def quality(model: Model, examples: list) -> np.ndarray:
    pairs = [(paint_example(example, model), example) for example in examples]
    return np.mean([(psnr(p, e.real), ciede2000(rgb2lab(p), rgb2lab(e.real))) for p, e in pairs], 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--model", default="default")
    parser.add_argument("--calibrate", type=int, default=48)
    parser.add_argument("--measure", type=int, default=24)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--only", default="", help="ways whose title has this word")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # advice to fold BatchNorm, which the export has done
    model = load_model(given.model, threads=1)
    chosen = choose(model, given.data, None, given.calibrate, given.measure)
    recorder, feeds = recorded(model)
    for file in chosen.calibration:
        paint_example(read_example(file, model), recorder)
    examples = [read_example(file, model, 256) for file in chosen.measured]
    network = as_float32(onnx.load(model.path))
    del network.metadata_props[:]
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "float32.onnx"
        onnx.save(network, reference)
        float32 = replace(model, path=reference, session=session(reference))
        shown, sources = recorded(float32)
        before = quality(shown, examples)
        outputs = [float32.session.run(None, feed)[0] for feed in sources]
        print(f"{model.card.name}: calibrated with {len(chosen.calibration)}, measured on {len(examples)} pictures; "
              f"float32: {reference.stat().st_size / 2**20:.2f} MiB, {before[0]:.2f} dB, {before[1]:.2f}")  # fmt: skip
        print(f"{'way':<54}{'size':>6}{'latency':>9}{'ab error':>10}{'dB':>8}{'CIEDE2000':>11}")
        for title, make in ways(network).items():
            if given.only not in title:
                continue
            path = Path(folder) / "int8.onnx"
            make(feeds, path)
            small = replace(model, path=path, session=session(path))
            errors = [
                np.square(small.session.run(None, feed)[0] - output).mean()
                for feed, output in zip(sources, outputs, strict=True)
            ]
            change = quality(small, examples) - before
            reference_ms, ratio = latency_ratio(path, reference, given.repeat)
            size = path.stat().st_size / reference.stat().st_size
            print(f"{title:<54}{size:>6.3f}{ratio:>9.2f}{AB_SCALE * np.sqrt(np.mean(errors)):>10.2f}{change[0]:>+8.2f}"
                  f"{change[1]:>+11.2f}", flush=True)  # fmt: skip
        print(f"float32 takes {reference_ms:.1f} ms; onnxruntime {onnxruntime.__version__}, one thread, "
              f"load average {os.getloadavg()[0]:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
