"""The explaining worker, with a network whose explanation is known: it reads one region."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pincel.errors import ModelError, PictureError, PincelError
from pincel.explain.explained import Explained
from pincel.explain.options import ExplainOptions
from pincel.serve.explaining import ExplainOrder, ExplainWork
from pincel.tasks import TASKS

RUN = Path("toy")


class Toy(torch.nn.Module):
    """Paints a = the mean lightness of the upper left quarter, b = what the label says."""

    size_multiple = 8

    def forward(self, source, label=None):
        height, width = source.shape[-2:]
        a = source[..., : height // 2, : width // 2].mean((-2, -1), keepdim=True)
        shifts = torch.tensor([0.3, -0.3, 0.0])
        b = shifts[torch.full((len(source),), 2) if label is None else label][:, None, None, None]
        return torch.cat([a, b], 1).expand(-1, -1, height, width)


class Silent:
    """Nobody listens."""

    def stage(self, name):
        assert name == "explain"

    def size(self, pixels):
        pass


@pytest.fixture
def work():
    made = ExplainWork()
    made._loaded[RUN] = Explained("toy", TASKS["colorize"], ["sea", "sun"], False, 64, 64, 8, Toy().eval())
    return made


@pytest.fixture
def photo(smooth_photo):
    buffer = io.BytesIO()
    Image.fromarray(smooth_photo(5, 600, 1200)).save(buffer, "JPEG")
    return buffer.getvalue()


def explained(work, photo, method, label=None, max_pixels=10**7):
    facts, data = work.do(
        ExplainOrder(RUN, ExplainOptions(methods=[method], label=label), max_pixels), photo, 1, Silent()
    )
    assert facts == {}
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("method", ["saliency", "occlusion"])
def test_a_map_is_opaque_where_the_network_looks_and_clear_elsewhere(work, photo, method):
    heat = explained(work, photo, method)
    assert heat.shape == (256, 512, 4)  # the photo's shape, its longest side 512
    opacity = heat[..., 3].astype(float)
    assert opacity[:120, :240].mean() > 100
    assert opacity[150:].mean() < 5
    assert opacity[:, 300:].mean() < 5


def test_small_pictures_have_maps_of_their_own_size(work, smooth_photo):
    buffer = io.BytesIO()
    Image.fromarray(smooth_photo(5, 90, 70)).save(buffer, "PNG")
    assert explained(work, buffer.getvalue(), "saliency").shape == (90, 70, 4)


def test_the_strip_shows_every_label(work, photo):
    strip = explained(work, photo, "labels")
    assert strip.shape[0] > 256
    assert strip.shape[1] > 3 * 512  # sea, sun, unknown


def test_what_cannot_be_explained_is_a_sentence(work, photo):
    with pytest.raises(PincelError, match="toy does not know the label 'fish'"):
        explained(work, photo, "saliency", label="fish")
    with pytest.raises(PictureError, match="more than the limit"):
        explained(work, photo, "saliency", max_pixels=1000)
    work._loaded[RUN] = Explained("toy", TASKS["colorize"], [], False, 64, 64, 8, Toy().eval())
    with pytest.raises(ModelError, match="toy takes no label"):
        explained(work, photo, "labels")
