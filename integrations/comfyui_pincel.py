"""Pincel in ComfyUI: a node that colours a grey IMAGE. Lightness and size stay; no photo leaves the machine.

Copy this file into ``ComfyUI/custom_nodes/`` and install Pincel into the Python that runs ComfyUI: its base part, which
brings no second torch. The node is `Pincel: colour a photo`, in the category `image`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

import pincel

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "PincelColorize"]


class PincelColorize:
    """A node: IMAGE in, the same pictures in colour out."""

    CATEGORY = "image"
    FUNCTION = "colorize"
    RETURN_TYPES = ("IMAGE",)
    DESCRIPTION = "Colours grey photos on the processor. Colours that they may have are not looked at."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:
        """What ComfyUI draws on the node."""
        colours = [name for name in pincel.list_models() if pincel.load_model(name).card.task == "colorize"]
        colours.sort(key=lambda name: name != "default")
        return {
            "required": {
                "image": ("IMAGE",),
                "model": (colours,),
                "saturation": ("FLOAT", {"default": 1.0, "min": 0.0, "max": 4.0, "step": 0.05}),
            },
            "optional": {
                "other_model": (
                    "STRING",
                    {"default": "", "tooltip": "An .onnx file, or hf:owner/name; not the above."},
                ),
                "label": (
                    "STRING",
                    {"default": "", "tooltip": "What is to be seen, for a model with labels; or auto."},
                ),
            },
        }

    def colorize(
        self, image: torch.Tensor, model: str, saturation: float, other_model: str = "", label: str = ""
    ) -> tuple[torch.Tensor]:
        """Colour every picture of a batch.

        Args:
            image: sRGB in 0..1, shape (N, H, W, 3); a fourth channel is left out.
            model: name of an embedded model.
            saturation: strength of colour; 1 is as the model paints.
            other_model: that is used instead of ``model``; "" for none.
            label: what is to be seen; "" for nothing told.

        Returns:
            float32 in 0..1, shape (N, H, W, 3), on the device of ``image``.

        Raises:
            PincelError: no such model or label.
        """
        loaded = pincel.load_model(other_model.strip() or model)
        painted = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pincel.PincelWarning)  # here grey photos are RGB, and colours a choice
            for picture in image[..., :3].clamp(0, 1).cpu().numpy():
                pixels = pincel.colorize(
                    picture, loaded, label=label.strip() or None, saturation=saturation, as_array=True
                )
                painted.append(pixels.astype(np.float32) / np.iinfo(pixels.dtype).max)
        return (torch.from_numpy(np.stack(painted)).to(image.device),)


NODE_CLASS_MAPPINGS = {"PincelColorize": PincelColorize}
NODE_DISPLAY_NAME_MAPPINGS = {"PincelColorize": "Pincel: colour a photo"}
