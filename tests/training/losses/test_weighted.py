import sys
from types import SimpleNamespace

import pytest
import torch

from pincel.tasks import TASKS
from pincel.training.losses import perceptual
from pincel.training.losses.table import LOSSES, Loss, Planes
from pincel.training.losses.weighted import WeightedLosses
from pincel.training.recipe_parts import LossRecipe

CPU = torch.device("cpu")


def test_a_loss_on_planes_of_its_own_is_one_file_and_one_row(monkeypatch, random_pair):
    mine = SimpleNamespace(loss=lambda low, high: (low - high).abs().mean(), planes=lambda view, weight: view.rgb)
    monkeypatch.setitem(sys.modules, "pincel.training.losses.mine", mine)
    monkeypatch.setitem(LOSSES, "mine", Loss("mine", "a test", "mine.loss", Planes("mine.planes"), part="of_mine"))
    asked = SimpleNamespace(weight=lambda name: 2.0 * (name == "mine"), settings=lambda _: {}, chroma_rebalance=0.0)
    pair = random_pair()
    parts = WeightedLosses(TASKS["colorize"], "abc", CPU)(pair, pair.target * 0.5, {}, asked)
    assert set(parts) == {"of_mine"}
    assert float(parts["of_mine"]) > 0


def test_no_network_looks_where_no_loss_asks_for_one(monkeypatch, random_pair):
    monkeypatch.setattr(perceptual, "shared_features", lambda *_: pytest.fail("a network was made"))
    pair = random_pair()
    assert set(WeightedLosses(TASKS["colorize"], "abc", CPU)(pair, pair.target, {}, LossRecipe(l1=1.0))) == {"l1"}


def test_classes_that_a_loss_spares_are_left_out_of_it(random_pair):
    pair = random_pair()._replace(label=torch.tensor([0, 1, 2, 0]))
    weighted, grey = WeightedLosses(TASKS["colorize"], "abc", CPU), torch.zeros_like(pair.target)
    part = {}
    for spared in ([], ["a"], ["a", "b", "c"]):
        recipe = LossRecipe.model_validate({"colourfulness": {"weight": 1.0, "except": spared}})
        part[len(spared)] = float(weighted(pair, grey, {}, recipe)["colourfulness"])
    only = type(pair)(*(plane[1:3] for plane in pair))
    recipe = LossRecipe.model_validate({"colourfulness": 1.0})
    assert part[1] == float(weighted(only, grey[1:3], {}, recipe)["colourfulness"]) != part[0]
    assert part[3] == 0
