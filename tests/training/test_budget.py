import pytest

from pincel.training.budget import validate_seldom
from pincel.training.plan import make_plan
from pincel.training.recipe import load_recipe


def test_a_time_budget_is_not_spent_on_validating():
    recipe = load_recipe("colorize-lite", ["validation.every=0.1"])
    plan = make_plan(recipe, 320, epochs=40)
    seldom = validate_seldom(recipe, plan, 320)
    assert seldom.validation.every == pytest.approx(2, rel=0.05)
    assert validate_seldom(seldom, plan, 320) == seldom
    often = load_recipe("colorize-lite", ["validation.every=7"])
    assert validate_seldom(often, plan, 320) == often
