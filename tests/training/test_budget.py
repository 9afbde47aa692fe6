import io
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console

from pincel.data.passes import Passes
from pincel.training import budget
from pincel.training.budget import plan_within, validate_seldom
from pincel.training.options import TrainingOptions
from pincel.training.recipe import load_recipe

FABRIC = SimpleNamespace(world_size=1, device=torch.device("cpu"), broadcast=lambda value: value)
DATA = SimpleNamespace(passes=Passes.even(320), val=range(40))


@pytest.fixture
def planned(monkeypatch):
    """``planned(recipe, minutes)`` -> (recipe, plan, what was said): 10 s were spent before, a step takes 1 s."""

    def make(recipe, minutes, look=5.0):
        monkeypatch.setattr(budget, "time", SimpleNamespace(perf_counter=lambda: 110.0))
        monkeypatch.setattr(budget, "time_steps", lambda *_: (1.0, 0.0))
        monkeypatch.setattr(budget, "time_look", lambda *_: look)
        said = io.StringIO()
        options = TrainingOptions(minutes=minutes, console=Console(file=said, width=60), began=100.0)
        return *plan_within(SimpleNamespace(recipe=recipe, fabric=FABRIC), DATA, options), said.getvalue()

    return make


def test_a_time_budget_is_not_spent_on_validating():
    recipe = load_recipe("colorize-lite", ["validation.every=0.1"])
    seldom = validate_seldom(recipe, 40, 20)
    assert seldom.validation.every == pytest.approx(2)
    assert validate_seldom(seldom, 40, 20) == seldom
    often = load_recipe("colorize-lite", ["validation.every=7"])
    assert validate_seldom(often, 40, 20) == often


@pytest.mark.parametrize("minutes", [2, 10, 60])
@pytest.mark.parametrize("start", [[], ["generator.weights=default"]])
def test_steps_and_validations_fill_what_is_left_of_the_time(planned, minutes, start):
    recipe, plan, said = planned(load_recipe("colorize-lite", start), minutes)
    passes = sum(phase.steps * phase.batch for phase in plan) / 320
    looks = int(passes / recipe.validation.every) + len(plan) + len(start) + 1
    assert plan[-1].end + looks * 5 + 10 == pytest.approx(60 * minutes, rel=0.07)
    assert not said


def test_a_time_that_is_too_short_says_what_comes_on_top(planned):
    _, plan, said = planned(load_recipe("colorize-lite"), 0.2)
    assert [phase.steps for phase in plan] == [1] * 5
    assert said.startswith("--minutes 0.2 is too short for 5 phases of one step and one validation at least: about 33 ")
    assert said.count("\n") == 1


def test_phases_that_there_is_no_time_to_time_go_by_their_pixels(monkeypatch):
    plan = [SimpleNamespace(batch=4, size=32), SimpleNamespace(batch=2, size=64), SimpleNamespace(batch=4, size=96)]
    now = iter([0.0, 1.0, 9.0])
    monkeypatch.setattr(budget, "time", SimpleNamespace(perf_counter=lambda: next(now)))
    costs = iter([(3.0, 1.0), (5.0, 2.0)])
    monkeypatch.setattr(budget, "time_steps", lambda *_: next(costs))
    assert budget.time_phases(SimpleNamespace(fabric=FABRIC), DATA, plan, 8.0) == ([3.0, 5.0, 27.0], [1.0, 2.0, 1.0])
