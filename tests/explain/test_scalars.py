import numpy as np
import pytest
import torch

from pincel.errors import PincelError
from pincel.explain.explained import Explained
from pincel.explain.scalars import make_scalar, scalar_names
from pincel.explain.views import Region
from pincel.models.discriminators.patchgan import PatchGAN
from pincel.tasks import TASKS


def test_each_scalar_of_a_colorizer_is_what_its_name_says(toy, source, inside):
    a, b = 110 * 0.3 * float(source[0, 0][torch.from_numpy(inside)].mean()), 110 * 0.2
    for name, value in (("a", a), ("b", b), ("chroma", np.hypot(a, b)), ("grey", np.hypot(a, b))):
        scalar = make_scalar(toy(), name, (32, 40), label=1)
        assert scalar.of(source).tolist() == pytest.approx([value], abs=1e-3)
        assert scalar.pixels == 32 * 40


def test_a_region_counts_only_its_own_pixels(source, toy):
    class Copy(torch.nn.Module):
        def forward(self, x, label=None):
            return torch.cat([x, -x], dim=1)

    region = Region(x=3, y=5, width=4, height=2)
    scalar = make_scalar(toy(Copy()), "b", (32, 40), region=region)
    assert float(scalar.of(source)[0]) == pytest.approx(-110 * float(source[0, 0, 5:7, 3:7].mean()), rel=1e-5)
    assert scalar.pixels == 8


def test_a_margin_is_the_distance_between_two_labels(toy, source):
    scalar = make_scalar(toy(), "margin", (32, 40), between=("boat", "cloud"))
    assert float(scalar.of(source)[0]) == pytest.approx(110 * 0.3, rel=1e-4)


def test_a_verdict_is_the_mean_of_the_patches(toy, source):
    critic = PatchGAN(3, width=4, depth=1, norm="none").eval().requires_grad_(False)
    explained = toy(critic=critic)
    output = explained.output(source, 0)
    value = float(make_scalar(explained, "verdict", (32, 40), label=0).of(source)[0])
    assert value == pytest.approx(float(critic(source, output).mean()), abs=1e-6)


def test_pictures_are_measured_in_levels_of_255(source):
    class Grey(torch.nn.Module):
        def forward(self, x, label=None):
            return torch.zeros_like(x).expand(-1, 3, -1, -1) + torch.tensor([1.0, 0.0, -1.0])[:, None, None]

    explained = Explained("sketcher", TASKS["sketch"], [], False, 32, 32, 8, Grey())
    values = {name: float(make_scalar(explained, name, (32, 40)).of(source)[0]) for name in scalar_names(explained)}
    assert values == pytest.approx({"red": 255, "green": 127.5, "blue": 0, "luminance": 0.299 * 255 + 0.587 * 127.5})


def test_what_cannot_be_explained_gets_one_sentence(toy, tmp_path):
    for model, arguments, message in (
        (toy(), {"name": "red"}, "unknown scalar 'red' for toy; known: a, b, chroma, grey, margin"),
        (toy(classes=[]), {"name": "margin"}, "takes no label"),
        (toy(), {"name": "margin", "between": ("boat", "boat")}, "--between A,B of apple, boat, cloud"),
        (toy(), {"name": "margin", "between": ("boat", "ship")}, "does not know the label 'ship'"),
        (toy(), {"name": "verdict"}, "keeps no discriminator"),
    ):
        with pytest.raises(PincelError, match=message):
            make_scalar(model, shape=(32, 40), **arguments)
