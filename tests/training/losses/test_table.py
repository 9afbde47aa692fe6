"""What every loss must hold. A new loss is a row of the table, and these tests.

Run ``python tests/training/losses/test_table.py`` to write the table into docs/reference/recipes.md.
"""

from pathlib import Path

import pytest
import torch

from pincel.tasks import TASKS
from pincel.training.learner import Learner
from pincel.training.losses.table import BINS, LABELS, LOSSES, function_at, title_of
from pincel.training.losses.weighted import WeightedLosses
from pincel.training.plan import make_plan
from pincel.training.recipe_parts import LossRecipe

OF_PAINTING = [name for name, row in LOSSES.items() if not row.planes.side_output]
OF_SIDE_OUTPUTS = [name for name, row in LOSSES.items() if row.planes.side_output]
COLOURS = [[a, b] for a in (-50.0, 0.0, 50.0) for b in (-50.0, 0.0, 50.0)]
CLASSES = "abc"
TINY_BINS = {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16}


@pytest.fixture(scope="module")
def weighted() -> WeightedLosses:
    return WeightedLosses(TASKS["colorize"], CLASSES, torch.device("cpu"), bin_colors=COLOURS)


@pytest.fixture
def value(weighted, random_pair):
    """``value(name, painted, pair)`` -> the one part that a recipe of this loss alone has, at a weight of 1."""

    def of(name, painted, pair, side=None) -> torch.Tensor:
        parts = weighted(pair, painted, side or {}, LossRecipe.model_validate({name: 1.0}))
        assert set(parts) == {LOSSES[name].part or name}
        return next(iter(parts.values()))

    return of


@pytest.fixture
def pair(random_pair):
    """A batch of photos with padding, of three classes, whose colours are within sRGB."""
    made = random_pair()
    return made._replace(target=made.target * 0.3, source=made.source * 0.3, label=torch.tensor([0, 1, 2, 0]))


def said(name, pair, right: bool) -> torch.Tensor:
    """What a generator says beside its painting that is sure and right, or sure and wrong."""
    if name == "classification":
        label = pair.label if right else (pair.label + 1) % len(CLASSES)
        return 50.0 * torch.eye(len(CLASSES))[label]
    ab = torch.nn.functional.avg_pool2d(pair.target, 4).permute(0, 2, 3, 1)
    away = (ab[..., None, :] * 110 - torch.tensor(COLOURS)).square().sum(-1)
    return (-away if right else away).permute(0, 3, 1, 2) / (2 * 25**2)


@pytest.mark.parametrize("name", LOSSES)
def test_it_has_a_function_a_title_and_a_meaning(name):
    row = LOSSES[name]
    assert callable(function_at(row.function))
    assert row.meaning
    assert title_of(row.part or name) == row.title


def test_a_part_has_another_name_than_the_figures_of_a_validation():
    parts = {row.part or name for name, row in LOSSES.items()}
    assert not parts & {"loss", "loss_g", "loss_d", "d_real", "d_fake", "ciede2000", "colourfulness_ratio"}
    assert len(parts) == len(LOSSES)


@pytest.mark.parametrize("name", OF_PAINTING)
class TestOfWhatIsPainted:
    def test_equal_pictures_cost_nothing_and_others_something(self, name, value, pair):
        assert 0 <= float(value(name, pair.target, pair)) < 1e-3  # roots are kept differentiable at 0.1 of 110 units
        assert float(value(name, pair.target * 0.4, pair)) > 1e-2

    def test_it_counts_as_its_weight_says(self, name, value, weighted, pair):
        painted = pair.target * 0.4
        (double,) = weighted(pair, painted, {}, LossRecipe.model_validate({name: 2.0})).values()
        torch.testing.assert_close(double, 2 * value(name, painted, pair))

    def test_padding_counts_nothing(self, name, value, pair):
        painted = pair.target * 0.4
        spoilt = torch.where(pair.mask > 0, painted, torch.full_like(painted, 0.6))
        assert not torch.equal(spoilt, painted)
        torch.testing.assert_close(value(name, spoilt, pair), value(name, painted, pair))

    def test_it_has_a_gradient_at_the_photo_and_nowhere_else(self, name, value, pair):
        painted = (pair.target * 0.4).requires_grad_()
        value(name, painted, pair).backward()
        inside = (pair.mask > 0).expand_as(painted)
        assert painted.grad.isfinite().all()
        assert painted.grad[inside].abs().max() > 0
        assert not painted.grad[~inside].any()

    def test_a_step_down_its_slope_makes_it_less(self, name, value, pair):
        painted = (pair.target * 0.4).requires_grad_()
        before = value(name, painted, pair)
        (slope,) = torch.autograd.grad(before, painted)
        after = value(name, painted.detach() - 0.01 * slope / slope.abs().max(), pair)
        assert float(after) < before.item()


@pytest.mark.parametrize("name", OF_SIDE_OUTPUTS)
class TestOfWhatIsSaidBeside:
    def test_what_is_right_costs_less_than_what_is_wrong(self, name, value, pair):
        side = LOSSES[name].planes.side_output
        right, wrong = (value(name, pair.target, pair, {side: said(name, pair, is_right)}) for is_right in (1, 0))
        assert 0 <= float(right) < 0.9 * float(wrong)

    def test_it_has_a_gradient_at_what_is_said_and_none_at_what_is_painted(self, name, value, pair):
        painted, logits = pair.target.clone().requires_grad_(), said(name, pair, False).requires_grad_()
        value(name, painted, pair, {LOSSES[name].planes.side_output: logits}).backward()
        assert logits.grad.abs().max() > 0
        assert painted.grad is None

    def test_it_takes_part_with_a_weight_of_0_where_another_phase_asks_it(self, name, weighted, pair):
        parts = weighted(
            pair, pair.target, {LOSSES[name].planes.side_output: said(name, pair, False)}, LossRecipe(l1=1.0)
        )
        assert float(parts[name]) == 0


@pytest.mark.parametrize("name", LOSSES)
def test_its_weight_changes_the_step(name, tiny_recipe, fabric, random_pair):
    """A loss that a recipe takes and no step computes is caught here."""
    other = "smooth_l1" if name == "l1" else "l1"
    conditional = LOSSES[name].planes is LABELS
    pair = random_pair()._replace(label=torch.tensor([0, 1, 2, 0]))
    states = []
    for weight in (0.0, 0.5):
        losses = {"smooth_l1": 0.0, other: 1.0, name: weight}
        recipe = tiny_recipe(losses=losses, generator={"conditional": conditional}, optimizer={"warmup": 0.0})
        if LOSSES[name].planes is BINS:
            recipe.generator.name, recipe.generator.options = "query_unet", TINY_BINS
        learner, phase = Learner(recipe, fabric, classes=CLASSES), make_plan(recipe, 400)[0]
        parts = learner.step(pair, phase, 0)
        assert ((LOSSES[name].part or name) in parts) is bool(weight)
        states.append(torch.cat([value.flatten() for value in learner.generator.module.state_dict().values()]))
    assert not torch.equal(*states)


def table() -> str:
    """The table of docs/reference/recipes.md."""
    rows = ["| loss | what it asks | only for | teaches alone |", "|---|---|---|---|"]
    for name, row in LOSSES.items():
        keys = [name] if not row.settings else [f"{name}: {{weight, {', '.join(row.settings)}}}"]
        alone = "yes" if row.teaches else ""
        rows.append(f"| `{keys[0]}` | {row.meaning} | {row.planes.only_for} | {alone} |")
    return "\n".join(rows)


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "recipes.md"
HEAD = "| loss |"


def test_the_page_says_what_is_so():
    assert table() in PAGE.read_text()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(HEAD)
    _, gap, after = rest.partition("\n\n")
    PAGE.write_text(before + table() + gap + after)
