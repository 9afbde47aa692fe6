"""`HED`: holistically-nested edge detection (Xie & Tu 2015), aligned to the pixel; 14.7 M parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.models.blocks import crop_to, pad_to_multiple

__all__ = ["HED"]

STAGE_ENDS = (4, 9, 16, 23, 30)  # in torchvision's vgg16().features: each stage after the first begins with its pooling
STAGE_CHANNELS = (64, 128, 256, 512, 512)  # at strides 1, 2, 4, 8, 16
MEAN_BGR = (104.00699, 116.66877, 122.67892)  # of the pictures it learnt from, 0..255


class HED(nn.Module):
    """Five side outputs of VGG16, brought to full size and fused to one edge map.

    The reference pads the first convolution by 35 and crops; here every convolution keeps its size and side outputs
    are enlarged about pixel centres, so that edges lie where they are. Keys of the state dict: ``features.N`` as in
    torchvision's VGG16, ``dsn1`` .. ``dsn5``, ``fuse``.
    """

    size_multiple = 16

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models.vgg import cfgs, make_layers

        self.features = nn.Sequential(*list(make_layers(cfgs["D"]).children())[: STAGE_ENDS[-1]])
        self.dsn1, self.dsn2, self.dsn3, self.dsn4, self.dsn5 = (nn.Conv2d(width, 1, 1) for width in STAGE_CHANNELS)
        self.fuse = nn.Conv2d(len(STAGE_CHANNELS), 1, 1)
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(MEAN_BGR).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, rgb: Tensor) -> Tensor:
        """(N, 3, H, W) sRGB in 0..255, any size -> (N, 1, H, W) in 0..1: how surely an edge."""
        height, width = rgb.shape[-2:]
        x = pad_to_multiple(rgb, self.size_multiple).flip(1) - self.mean  # BGR
        full = x.shape[-2:]
        sides, begin = [], 0
        for end, score in zip(STAGE_ENDS, (self.dsn1, self.dsn2, self.dsn3, self.dsn4, self.dsn5), strict=True):
            x = self.features[begin:end](x)  # (N, 64, H, W), (N, 128, H/2, W/2), ... (N, 512, H/16, W/16)
            sides.append(F.interpolate(score(x), full, mode="bilinear", align_corners=False))
            begin = end
        return crop_to(self.fuse(torch.cat(sides, dim=1)).sigmoid(), height, width)
