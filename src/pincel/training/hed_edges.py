"""HED with weights from a file, as the edge function that `pincel.imaging.edges` takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from pincel.errors import PincelError
from pincel.imaging.edges import EdgeFunction
from pincel.imaging.resize import fit_size, resize
from pincel.models.hed import HED
from pincel.training.model_start import misfit

__all__ = ["hed_edges", "load_hed"]

SIGHT = 256  # px, long side under which pictures are enlarged: HED learnt from larger ones and blurs small ones


def hed_edges(weights: str | Path, device: str | torch.device = "cpu") -> EdgeFunction:
    """The function uint8 sRGB (H, W, 3) -> float32 (H, W), 0..1: how surely there is an edge.

    Raises:
        PincelError: see `load_hed`.
    """
    network = load_hed(weights).to(device)

    def edges(rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        seen = resize(rgb, *fit_size(height, width, SIGHT)) if max(height, width) < SIGHT else rgb
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1))).to(device)
            found = network(pixels[None].float())[0, 0].cpu().numpy()  # (H, W)
        return resize(found, height, width)

    return edges


def load_hed(weights: str | Path) -> nn.Module:
    """`HED` with the weights of a .safetensors file (float16 or float32), ready to look.

    Raises:
        PincelError: the file is missing, no .safetensors, or of another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(weights)
    if not path.is_file():
        raise PincelError(f"weights file {path} does not exist; check the name")
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise PincelError(f"weights file {path} cannot be read: {str(error).splitlines()[0]}") from None
    network = HED()
    wrong = network.state_dict().keys() ^ state.keys()
    if wrong:
        said = "unknown" if min(wrong) in state else "missing"
        raise PincelError(
            f"weights file {path} is not HED's ({min(wrong)} is {said}); HED's has features.N, dsn1 to dsn5 and fuse"
        )
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise PincelError(f"weights file {path} does not fit HED: {misfit(error)}") from None
    return network.eval().requires_grad_(False)
