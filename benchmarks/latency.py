"""What one picture costs each of several models, measured in turn.

    python benchmarks/latency.py MODEL... [--size 128] [--repeat 40]

Processor time of one onnxruntime thread for the network alone, without reading, upsampling and writing: other load on
the machine hardly changes it. Medians; the ratio is to the first model, from the same run.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
import onnxruntime

from pincel.runtime.model_file import load_model


def feed(network: onnxruntime.InferenceSession, side: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    given: dict[str, np.ndarray] = {}
    for entry in network.get_inputs():
        if entry.type == "tensor(int64)":
            given[entry.name] = np.zeros(1, np.int64)
        else:
            given[entry.name] = generator.uniform(-1, 1, (1, entry.shape[1], side, side)).astype(np.float32)
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="names of models, or .onnx files")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=40)
    arguments = parser.parse_args()
    networks = {name: load_model(name, threads=1).session for name in arguments.models}
    feeds = {name: feed(network, arguments.size) for name, network in networks.items()}
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for repeat in range(arguments.repeat + 5):  # the first five warm up
        for name, network in networks.items():
            begin = time.process_time()
            network.run(None, feeds[name])
            if repeat >= 5:
                seconds[name].append(time.process_time() - begin)
    first = median(seconds[arguments.models[0]])
    print(f"{arguments.size} x {arguments.size} px, one thread, medians of {arguments.repeat} runs in turn")
    for name, times in seconds.items():
        print(f"{name:40s} {1000 * median(times):8.2f} ms   {median(times) / first:6.3f}")


if __name__ == "__main__":
    main()
