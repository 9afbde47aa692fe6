"""The ComfyUI node, driven as ComfyUI does: what it declares is looked at, and the function that it names is called."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

import pincel

NODE = Path(__file__).parents[2] / "integrations" / "comfyui_pincel.py"


class ComfyUI:
    """A stand-in: loads the file, fills the widgets of its one node, and runs it on an IMAGE."""

    def __init__(self):
        loaded = runpy.run_path(str(NODE))
        ((self.name, self.node),) = loaded["NODE_CLASS_MAPPINGS"].items()
        assert loaded["NODE_DISPLAY_NAME_MAPPINGS"].keys() == {self.name}
        self.inputs = self.node.INPUT_TYPES()

    def widgets(self):
        """The values of a node that was just put on the canvas."""
        values = {}
        for name, (kind, *options) in {**self.inputs["required"], **self.inputs["optional"]}.items():
            if isinstance(kind, list):
                values[name] = kind[0]
            elif kind != "IMAGE":
                values[name] = options[0]["default"]
        return values

    def run(self, image, **changed):
        result = getattr(self.node(), self.node.FUNCTION)(image=image, **{**self.widgets(), **changed})
        assert isinstance(result, tuple)
        assert self.node.RETURN_TYPES == ("IMAGE",)
        assert len(result) == 1
        return result[0]


@pytest.fixture
def comfy():
    return ComfyUI()


@pytest.fixture
def image():
    """float32 (2, 40, 48, 3), grey."""
    ramp = torch.linspace(0, 1, 40 * 48).reshape(1, 40, 48, 1)
    return torch.cat([ramp, 1 - ramp]).expand(2, 40, 48, 3)


def test_the_node_shows_the_models_that_colour(comfy):
    models, *_ = comfy.inputs["required"]["model"]
    assert models[0] == "default"
    assert set(models) == {name for name in pincel.list_models() if name != "sketch"}
    assert comfy.widgets() == {"model": "default", "saturation": 1.0, "other_model": "", "label": ""}


def test_a_batch_is_coloured_as_pincel_colours_each_picture(comfy, image):
    painted = comfy.run(image)
    assert (painted.dtype, painted.shape, painted.device) == (torch.float32, image.shape, image.device)
    assert painted.min() >= 0
    assert painted.max() <= 1
    for one, given in zip(painted, image, strict=True):
        expected = pincel.colorize(given.numpy()[..., :1].copy(), as_array=True) / 65535
        np.testing.assert_allclose(one.numpy(), expected, atol=1e-6)


def test_the_widgets_are_listened_to(comfy, image, make_model, make_labelled_model):
    red = make_model("red", a=0.5)
    assert (comfy.run(image, other_model=f" {red} ")[0, 20, 20] - comfy.run(image)[0, 20, 20]).abs().max() > 0.05
    grey = comfy.run(image, other_model=str(red), saturation=0.0)
    assert (grey.amax(-1) - grey.amin(-1)).max() < 0.002
    night = comfy.run(image, other_model=str(make_labelled_model()), label="night")[0, 20, 20]
    assert night[2] > night[0] + 0.05


def test_transparency_and_values_out_of_range_do_not_stop_it(comfy, image):
    four = torch.cat([image * 1.2 - 0.1, image[..., :1]], -1)
    assert comfy.run(four).shape == image.shape


def test_what_is_mistyped_is_told(comfy, image):
    with pytest.raises(pincel.PincelError, match="there is no model 'nowhere.onnx'"):
        comfy.run(image, other_model="nowhere.onnx")
