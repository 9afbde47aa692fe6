from dataclasses import replace

import pytest
import torch
from lightning.fabric import Fabric

from pincel.training.learner import Learner
from pincel.training.losses.balance import Balance
from pincel.training.plan import make_plan

WEIGHTS = {"l1": 2.0, "far": 1.2, "near": 0.6}


def gradient(value: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(value, at, retain_graph=True)[0]


@pytest.fixture
def painted():
    """``painted(seed)`` -> what a generator with one weight paints, and the same as a leaf."""

    def make(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        noise = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(seed))
        made = noise * torch.ones((), requires_grad=True)
        return made, made.detach().requires_grad_()

    return make


def parts_of(seen: torch.Tensor) -> dict[str, torch.Tensor]:
    """Losses of quite different scales, with their weights."""
    values = {"l1": seen.abs().mean(), "far": 1e4 * seen.square().sum(), "near": 1e-5 * (seen - 3).square().mean()}
    return {name: value * WEIGHTS[name] for name, value in values.items()}


def test_weights_are_shares_of_the_gradient_and_the_first_loss_keeps_its_scale(fabric, painted):
    made, seen = painted()
    parts = parts_of(seen)
    found = Balance(fabric)(parts, WEIGHTS, made, seen)
    norms = {name: gradient(found[name], seen).norm().item() for name in WEIGHTS}
    unit = float(gradient(parts["l1"], seen).norm()) / 2
    assert norms == pytest.approx({name: weight * unit for name, weight in WEIGHTS.items()}, rel=1e-4)
    assert torch.equal(found["l1"], parts["l1"])


def test_what_is_learnt_is_the_sum_of_the_scaled_parts(fabric, painted):
    made, seen = painted()
    found = Balance(fabric)(parts_of(seen), WEIGHTS, made, seen)
    assert found["loss_g"].item() == pytest.approx(sum(found[name].item() for name in WEIGHTS))
    torch.testing.assert_close(gradient(found["loss_g"], made), sum(gradient(found[name], seen) for name in WEIGHTS))


def test_norms_are_means_over_the_steps(fabric, painted):
    balance, norms = Balance(fabric), []
    for step in range(4):
        made, seen = painted(step)
        seen = (seen.detach() * (step + 1)).requires_grad_()
        norms.append(float(gradient(parts_of(seen)["far"], seen).norm()) / WEIGHTS["far"])
        balance(parts_of(seen), WEIGHTS, made, seen)
    mean, steps = balance.state_dict()["far"].tolist()
    assert (mean, steps) == (pytest.approx(sum(norms) / 4, rel=1e-5), 4)


def test_where_nothing_is_learnt_the_norms_stay_and_the_scales_are_theirs(fabric, painted):
    balance = Balance(fabric)
    with torch.no_grad():
        made, seen = painted()
        first = balance(parts_of(made), WEIGHTS, made, made)
    assert float(first["far"]) == float(parts_of(made)["far"])  # nothing is known yet
    learnt = balance(parts_of(seen), WEIGHTS, made, seen)
    before = balance.state_dict()
    with torch.no_grad():
        measured = balance(parts_of(made), WEIGHTS, made, made)
    assert {name: float(value) for name, value in measured.items()} == pytest.approx(
        {name: value.item() for name, value in learnt.items()}
    )
    assert all(torch.equal(balance.state_dict()[name], before[name]) for name in before)


def test_a_norm_that_is_no_number_is_not_remembered(fabric, painted):
    balance, (made, seen) = Balance(fabric), painted()
    balance(parts_of(seen), WEIGHTS, made, seen)
    before = balance.state_dict()
    wild = parts_of(seen) | {"far": seen.sum() * torch.inf}
    balance(wild, WEIGHTS, made, seen)
    assert torch.equal(balance.state_dict()["far"], before["far"])
    assert not torch.equal(balance.state_dict()["near"], before["near"])


def test_it_goes_on_from_its_state(fabric, painted):
    whole, first, second = Balance(fabric), Balance(fabric), Balance(fabric)
    for step in range(4):
        made, seen = painted(step)
        if step == 2:
            second.load_state_dict(first.state_dict())
        found = [one(parts_of(seen), WEIGHTS, made, seen) for one in (whole, first if step < 2 else second)]
        assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_loss_that_does_not_look_at_the_painting_or_never_alone_keeps_its_weight(fabric, painted):
    balance, (made, seen) = Balance(fabric), painted()
    beside, colourful = torch.ones((), requires_grad=True), seen.square().mean()
    found = balance(parts_of(seen) | {"bins": beside * 3, "colourfulness": colourful}, WEIGHTS, made, seen)
    assert (found["bins"].item(), found["colourfulness"].item()) == (3, colourful.item())
    assert float(gradient(found["loss_g"], beside)) == 3
    wanted = sum(gradient(found[name], seen) for name in (*WEIGHTS, "colourfulness"))
    torch.testing.assert_close(gradient(found["loss_g"], made), wanted)


class TestInALearner:
    RECIPE = {  # noqa: RUF012
        "losses": {"smooth_l1": 0, "l1": 1.0, "colourfulness": 0.1, "perceptual": 1.2},
        "optimizer": {"warmup": 0.0, "lr": 1e-5, "encoder_lr": 1e-5},  # means lag behind what changes fast
        "phases": [{"epochs": 1, "adversarial": 0.6}],
    }

    @pytest.mark.parametrize(("critic", "precision"), [("patchgan", "bf16-mixed"), ("lite0_projected", "32-true")])
    def test_gradients_at_the_output_have_the_asked_proportion(
        self, tiny_recipe, random_pair, monkeypatch, critic, precision
    ):
        norms, call = [], Balance.__call__

        def measured(self, parts, weights, painted, seen):
            gradients = self._gradients(parts, seen)
            found = call(self, parts, weights, painted, seen)
            norms.append([float((gradients[name].norm() * found[name] / parts[name]).detach()) for name in weights])
            return found

        monkeypatch.setattr(Balance, "__call__", measured)
        recipe = tiny_recipe(balance="gradient", discriminator={"name": critic}, **self.RECIPE)
        learner = Learner(recipe, Fabric(accelerator="cpu", devices=1, precision=precision))
        phase = make_plan(recipe, 400)[0]
        for step in range(12):
            learner.step(random_pair(seed=step), phase, step)
        l1, perceptual, adversarial = torch.tensor(norms)[4:].mean(0).tolist()
        assert (perceptual / l1, adversarial / l1) == (pytest.approx(1.2, rel=0.05), pytest.approx(0.6, rel=0.05))

    def test_a_loss_alone_is_learnt_as_without_it(self, tiny_recipe, fabric, random_pair):
        states = []
        for balance in (None, "gradient"):
            recipe = tiny_recipe(balance=balance, optimizer={"warmup": 0.0})
            learner = Learner(recipe, fabric)
            parts = learner.step(random_pair(), make_plan(recipe, 400)[0], 0)
            assert set(parts) == {"loss_g", "smooth_l1"}
            states.append(torch.cat([value.flatten() for value in learner.generator.module.state_dict().values()]))
        assert torch.equal(*states)

    def test_the_first_loss_of_a_phase_is_the_measure_whatever_other_phases_had(self, tiny_recipe, fabric, random_pair):
        recipe = tiny_recipe(balance="gradient", losses={"smooth_l1": 1.0})
        learner, phase = Learner(recipe, fabric), make_plan(recipe, 400)[0]
        learner.step(random_pair(), phase, 0)
        other = tiny_recipe(losses={"smooth_l1": 0.0, "cie94": 1.0}).losses
        plain = Learner(tiny_recipe(), fabric)
        pair, phase = random_pair(), replace(phase, losses=other)
        fake = torch.zeros_like(pair.target).requires_grad_()
        found, wanted = (one.losses(pair, fake, {}, phase)["cie94"].item() for one in (learner, plain))
        assert found == pytest.approx(wanted)

    @pytest.mark.parametrize("side", ["bins", "classification"])
    def test_side_outputs_learn_too(self, tiny_recipe, fabric, random_pair, side):
        conditional = side == "classification"
        recipe = tiny_recipe(balance="gradient", losses={"l1": 1.0, side: 0.1}, generator={"conditional": conditional})
        if not conditional:
            tiny = {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16}
            recipe.generator.name, recipe.generator.options = "query_unet", tiny
        learner = Learner(recipe, fabric, classes="abc")
        parts = learner.step(random_pair(), make_plan(recipe, 400)[0], 0)
        assert float(parts["loss_g"]) == pytest.approx(sum(float(v) for k, v in parts.items() if k != "loss_g"))
        head = "classifier" if conditional else "bins"
        learnt = [p for name, p in learner.generator.module.named_parameters() if name.startswith(head)]
        assert learnt
        assert all(p.grad.abs().sum() > 0 for p in learnt)
