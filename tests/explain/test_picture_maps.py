import numpy as np
import pytest
import torch

from pincel.explain.faithfulness import randomised_models
from pincel.explain.picture_maps import edge_strength, make_maps, plan_maps
from pincel.explain.scalars import Question

ALL = ("saliency", "smoothgrad", "integrated", "gradcam", "occlusion", "labels")


def titles(explained, name="chroma", methods=ALL, layers=("second",)):
    return [plan.title for plan in plan_maps(explained, Question(name, (32, 40)), methods, layers)]


def test_the_papers_three_saliency_maps_come_first_and_the_scalar_has_its_own(toy):
    three = ["Saliency for a", "Saliency for b", "Saliency for a and b"]
    assert titles(toy(), methods=["saliency"]) == three
    assert titles(toy(), "b", methods=["saliency"]) == three
    grey = "Saliency for distance to grey (root mean square of ab)"
    assert titles(toy(), "grey", methods=["saliency"]) == [*three, grey]
    assert [title.split(" for ")[0] for title in titles(toy())[3:]] == [
        "SmoothGrad",
        "Integrated gradients",
        "Grad-CAM at second",
        "Occlusion",
    ]


def test_maps_are_those_of_the_scalar_in_readable_units(toy, source, inside):
    explained, question, ticks = toy(), Question("a", (32, 40)), []
    plans = plan_maps(explained, question, ["saliency", "occlusion"], [])
    maps = make_maps(explained, plans, question, source, (inside, "known"), tick=lambda: ticks.append(1))
    assert len(ticks) == len(maps) == 4
    for_a = maps[0]
    # of the sum of a over the painting, for one unit of L: 50 of them are one unit of the source
    assert for_a.values[inside] == pytest.approx(110 * 0.3 / 64 * 32 * 40 / 50, rel=1e-4)
    assert for_a.unit == "Lab units (summed) per L"
    assert for_a.share.mass == pytest.approx(1)
    assert np.isnan(maps[1].share.mass)  # b hangs on the label alone
    assert maps[2].values == pytest.approx(for_a.values)


def test_a_map_of_the_edges_follows_them_and_an_even_one_does_not(toy, inside):
    class Steps(torch.nn.Module):
        """Its slope at a pixel is the pixel's own value."""

        def forward(self, x, label=None):
            return (x.square() / 2).expand(-1, 2, -1, -1)

    slope = torch.linspace(0, 0.9, 40).square().expand(1, 1, 32, 40).contiguous()  # steeper and steeper
    assert edge_strength(slope)[10, 20] == pytest.approx(4 * float(slope[..., 10, 21] - slope[..., 10, 19]), rel=1e-4)
    explained, question = toy(Steps(), classes=[]), Question("a", (32, 40))
    plans = plan_maps(explained, question, ["saliency"], [])
    assert (
        make_maps(explained, plans, question, slope, (inside, "known"))[0].edges > 0.8
    )  # Sobel is 0 in the outermost columns
    even = toy(torch.nn.Conv2d(1, 2, 1))
    assert make_maps(even, plans, question, slope, (inside, "known"))[0].edges == 0


def test_every_map_can_be_checked_grad_cam_among_them(toy, source, inside):
    explained, question, ticks = toy(), Question("chroma", (32, 40)), []
    plans = plan_maps(explained, question, ALL, ["first"])
    before = {name: value.clone() for name, value in explained.network.state_dict().items()}
    maps = make_maps(
        explained,
        plans,
        question,
        source,
        (inside, "known"),
        verify=True,
        randomised=randomised_models(explained),
        tick=lambda: ticks.append(1),
    )
    assert len(ticks) == 2 * len(maps) == 14
    assert all(one.checks is not None and one.checks.untrained is not None for one in maps)
    methods = {one.method for one in maps if one.checks.infidelity is not None}
    assert methods == {"saliency", "smoothgrad"}
    assert all(torch.equal(value, before[name]) for name, value in explained.network.state_dict().items())
    assert not any(m._forward_hooks or m._backward_hooks or m._forward_pre_hooks for m in explained.network.modules())
