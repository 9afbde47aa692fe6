import pytest
import torch

from pincel.metrics.lite import LITE_CHANNELS, LiteFeatures
from pincel.models.encoders import lite_encoder


@torch.no_grad()
@pytest.mark.parametrize("network", LITE_CHANNELS)
def test_features_have_the_channels_and_strides_that_are_promised(network):
    features = lite_encoder(network).eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(f.shape) for f in features] == [
        (1, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(LITE_CHANNELS[network], (2, 4, 8, 16, 32), strict=True)
    ]


@torch.no_grad()
def test_with_the_imagenet_weights_it_sees_what_the_frozen_network_sees():
    encoder, frozen = lite_encoder("lite2").eval(), LiteFeatures("lite2")
    encoder.load_state_dict(frozen.encoder.state_dict(), strict=False)
    rgb = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for ours, theirs in zip(encoder((rgb * 255 - 127) / 128)[1:], frozen(rgb), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_shorter_one_has_fewer_blocks():
    short, whole = lite_encoder("lite0", 3), lite_encoder("lite0")
    assert len(short.blocks) == 3 < len(whole.blocks)
