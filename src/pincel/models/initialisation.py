"""How fresh weights start."""

from __future__ import annotations

from torch import nn

__all__ = ["initialise_dcgan"]


def initialise_dcgan(network: nn.Module) -> nn.Module:
    """DCGAN's start (Radford et al. 2016): convolutions N(0, 0.02), BatchNorm N(1, 0.02), biases 0."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return network
