from pathlib import Path

import numpy as np
import torch

from pincel.models.generators import build_generator
from pincel.models.generators.query_unet import QueryUNet

EXAMPLE = Path(__file__).parent / "prototype" / "example.npz"


def test_every_weight_of_the_prototype_of_query_unet_finds_its_place():
    stored, network = np.load(EXAMPLE), QueryUNet()
    shapes = [[int(side) for side in text.split()] for text in stored["shapes"]]
    old = {str(name): torch.zeros(shape) for name, shape in zip(stored["names"], shapes, strict=True)}
    state = network.with_names_of_today(old)
    assert state.keys() == network.state_dict().keys()
    assert all(state[name].shape == value.shape for name, value in network.state_dict().items())


def test_no_two_weights_are_taken_for_each_other():
    stored, network = np.load(EXAMPLE), QueryUNet()
    old = {str(name): torch.tensor([float(number)]) for number, name in enumerate(stored["names"])}
    numbers = [float(value) for value in network.with_names_of_today(old).values() if value.ndim]
    assert len(set(numbers)) == len(numbers) == len(old) - 1  # its ab grid is no weight


def test_names_of_today_and_other_networks_stay_as_they_are():
    network = QueryUNet(widths=(32, 24, 16, 16, 8), depths=(1, 1), queries=6, query_width=16)
    assert network.with_names_of_today(network.state_dict()).keys() == network.state_dict().keys()
    assert build_generator("lite_unet", 1, 2).with_names_of_today({"inp.weight": torch.zeros(1)}).keys() == {
        "inp.weight"
    }
