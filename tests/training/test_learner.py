import copy
from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from pincel.data.pairs import Pair
from pincel.errors import RecipeError
from pincel.models.discriminators.base import Discriminator, patch_geometry
from pincel.models.generators.base import Generator
from pincel.models.labels import LabelPlanes
from pincel.models.names import DISCRIMINATORS, GENERATORS
from pincel.training.learner import Learner
from pincel.training.losses.adversarial import generator_adversarial_loss
from pincel.training.losses.color import ChromaRebalance
from pincel.training.networks import new_generator
from pincel.training.plan import make_plan


@pytest.fixture
def learner_of(fabric):
    """``learner_of(recipe)`` -> the learner and its first phase planned for 100 steps."""

    def make(recipe, rebalance=None):
        plan = make_plan(recipe, recipe.data.batch * 100, epochs=len(recipe.phases))
        return Learner(recipe, fabric, rebalance), plan[0]

    return make


def weights(network) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in network.named_parameters()}


def changed(before, network, part="") -> bool:
    return any(
        not torch.equal(value, before[name]) for name, value in network.named_parameters() if name.startswith(part)
    )


ADVERSARIAL = {"phases": [{"epochs": 1, "adversarial": 0.1, "optimizer": {"warmup": 0.0}}]}


def test_the_recipe_tells_the_generators_planes_and_options(tiny_recipe):
    generator = new_generator(tiny_recipe())
    assert (generator.in_channels, generator.out_channels) == (1, 2)
    assert generator.head.in_channels == 8


def test_steps_on_one_batch_learn_it_by_heart(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(optimizer={"lr": 0.01, "encoder_lr": 0.002, "warmup": 0}))
    pair = random_pair()
    colors = torch.tensor([[0.4, -0.3], [-0.2, 0.5], [0.1, 0.1], [0.3, 0.3]])
    pair = pair._replace(target=colors[..., None, None] * pair.mask)  # one colour a picture
    losses = [float(learner.step(pair, phase, step)["loss_g"]) for step in range(25)]
    assert losses[-1] < 0.3 * losses[0]


def test_the_same_seed_gives_the_same_learner_and_another_seed_another(tiny_recipe, learner_of):
    one, two, other = (learner_of(tiny_recipe(seed=seed, **ADVERSARIAL))[0] for seed in (3, 3, 4))
    for name in ("generator", "discriminator"):
        assert not changed(weights(getattr(one, name)), getattr(two, name))
        assert changed(weights(getattr(one, name)), getattr(other, name))


def test_parts_of_the_loss_add_up_and_carry_no_graph(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(losses={"l1": 0.5, "smooth_l1": 2.0}, **ADVERSARIAL))
    parts = learner.step(random_pair(), phase, 0)
    assert set(parts) == {"loss_d", "d_real", "d_fake", "loss_g", "l1", "smooth_l1", "adversarial"}
    assert float(parts["loss_g"]) == pytest.approx(sum(float(parts[k]) for k in ("l1", "smooth_l1", "adversarial")))
    assert not any(value.requires_grad for value in parts.values())


def test_without_an_adversarial_phase_there_is_no_discriminator(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe())
    assert learner.discriminator is None
    assert set(learner.state()) == {"generator", "optimizer_g", "ema"}
    assert set(learner.step(random_pair(), phase, 0)) == {"loss_g", "smooth_l1"}


def test_losses_are_weighed_by_the_recipe_and_by_the_mask(tiny_recipe, learner_of, random_pair):
    recipe = tiny_recipe(losses={"l1": 3.0, "smooth_l1": 0.0})
    learner, phase = learner_of(recipe)
    pair = random_pair()
    inside = pair.mask.bool().expand_as(pair.target)
    fake = torch.zeros_like(pair.target)
    wanted = 3 * pair.target[inside].abs().mean()
    assert float(learner.losses(pair, fake, {}, phase)["l1"]) == pytest.approx(float(wanted), rel=1e-5)
    spoilt = torch.where(inside, fake, torch.full_like(fake, 0.9))
    assert float(learner.losses(pair, spoilt, {}, phase)["l1"]) == pytest.approx(float(wanted), rel=1e-5)


def test_rebalancing_weighs_the_pixel_losses_of_phases_that_ask_for_it(tiny_recipe, learner_of, random_pair):
    pair = random_pair()
    ab = (pair.target * 110).permute(0, 2, 3, 1).reshape(-1, 2).numpy()
    rebalance = ChromaRebalance(ChromaRebalance.count(ab[: len(ab) // 3]), 1.0)
    asks = tiny_recipe(losses={"chroma_rebalance": 1.0})
    learner, phase = learner_of(asks, rebalance)
    fake = torch.zeros_like(pair.target)
    weight = rebalance(pair.target) * pair.mask
    error = F.smooth_l1_loss(fake, pair.target, reduction="none", beta=1 / 11)
    wanted = float((error * weight).sum() / (2 * weight.sum()))
    assert float(learner.losses(pair, fake, {}, phase)["smooth_l1"]) == pytest.approx(wanted, rel=1e-5)
    phase = replace(phase, losses=tiny_recipe().losses)
    plain = float(learner.losses(pair, fake, {}, phase)["smooth_l1"])
    assert plain == pytest.approx(float((error * pair.mask).sum() / (2 * pair.mask.sum())), rel=1e-5)
    assert plain != pytest.approx(wanted, rel=1e-3)


def test_the_psnr_loss_takes_part_when_it_has_a_weight_and_teaches_alone(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(losses={"smooth_l1": 0, "psnr": 0.5}))
    pair = random_pair()
    first = learner.step(pair, phase, 0)
    assert set(first) == {"loss_g", "psnr"}
    for step in range(1, 6):
        last = learner.step(pair, phase, step)
    assert 0 < float(last["psnr"]) < float(first["psnr"])


def test_the_perceptual_loss_takes_part_when_it_has_a_weight(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(losses={"smooth_l1": 0, "perceptual": 0.5}))
    before = weights(learner.generator)
    parts = learner.step(random_pair(2), phase, 5)
    assert set(parts) == {"loss_g", "perceptual"}
    assert float(parts["perceptual"]) > 0
    assert changed(before, learner.generator, "")


def test_the_discriminators_first_loss_is_its_formula(tiny_recipe, learner_of, random_pair):
    recipe = tiny_recipe(
        discriminator={"label_smoothing": 0.1, "norm": "batch", "adversarial_kind": "bce"}, **ADVERSARIAL
    )
    learner, phase = learner_of(recipe)
    generator, discriminator = copy.deepcopy(learner.generator.module), copy.deepcopy(learner.discriminator.module)
    pair = random_pair()
    parts = learner.step(pair, phase, 0)
    with torch.no_grad():
        fake = generator(pair.source)
        real_logits, fake_logits = discriminator(pair.source, pair.target), discriminator(pair.source, fake)
        weight = discriminator.patch_weights(pair.mask)
    share = weight / weight.sum()
    real = F.binary_cross_entropy_with_logits(real_logits, torch.full_like(real_logits, 0.9), reduction="none")
    painted = F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits), reduction="none")
    assert float(parts["loss_d"]) == pytest.approx(float(((real + painted) / 2 * share).sum()), rel=1e-4)
    assert float(parts["d_real"]) == pytest.approx(float((real_logits.sigmoid() * share).sum()), rel=1e-4)
    assert float(parts["d_fake"]) == pytest.approx(float((fake_logits.sigmoid() * share).sum()), rel=1e-4)


def test_the_generator_is_judged_by_the_discriminator_that_has_just_learned(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(**ADVERSARIAL))
    generator, pair = copy.deepcopy(learner.generator.module), random_pair()
    parts = learner.step(pair, phase, 0)
    with torch.no_grad():
        discriminator = learner.discriminator.module
        logits, weight = discriminator(pair.source, generator(pair.source)), discriminator.patch_weights(pair.mask)
    wanted = 0.1 * float(generator_adversarial_loss(logits, weight, "hinge"))
    assert float(parts["adversarial"]) == pytest.approx(wanted, rel=1e-3, abs=1e-5)


def test_while_the_critic_learns_first_the_generator_stands_still(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(**ADVERSARIAL))
    phase = replace(phase, start=10, critic_steps=3)
    generator, discriminator, ema = (weights(n) for n in (learner.generator, learner.discriminator, learner.ema))
    parts = learner.step(random_pair(), phase, 12)
    assert set(parts) == {"loss_d", "d_real", "d_fake"}
    assert changed(discriminator, learner.discriminator)
    assert not changed(generator, learner.generator)
    assert not changed(ema, learner.ema)
    learner.step(random_pair(), phase, 13)
    assert changed(generator, learner.generator)


def test_the_generators_step_leaves_the_discriminator_alone(tiny_recipe, learner_of, random_pair):
    (alone, phase), (both, _) = (learner_of(tiny_recipe(**ADVERSARIAL)) for _ in range(2))
    alone.step(random_pair(), replace(phase, critic_steps=50), 0)
    both.step(random_pair(), phase, 0)
    assert not changed(weights(alone.discriminator), both.discriminator)
    for a, b in zip(alone.discriminator.parameters(), both.discriminator.parameters(), strict=True):
        assert torch.equal(a.grad, b.grad)


def test_the_discriminator_gives_the_painted_picture_no_gradient_of_its_own_loss(tiny_recipe, learner_of, random_pair):
    # with an adversarial weight as small as this, one step must be that of the pixel loss alone
    tiny = {"phases": [{"epochs": 1, "adversarial": 1e-12}]}
    (adversarial, phase), (free, other) = learner_of(tiny_recipe(**tiny)), learner_of(tiny_recipe())
    adversarial.step(random_pair(), phase, 0)
    free.step(random_pair(), other, 0)
    for a, b in zip(adversarial.generator.parameters(), free.generator.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-4, atol=1e-8)


def test_learning_rates_follow_the_phase_for_encoder_and_rest(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe())
    phase = replace(phase, optimizer=phase.optimizer.model_copy(update={"lr": 0.02, "encoder_lr": 0.004}))
    learner.step(random_pair(), phase, 40)
    rates = {group["name"]: group["lr"] for group in learner.optimizer_g.param_groups}
    assert rates == {"rest": phase.learning_rate(40, 0.02), "encoder": phase.learning_rate(40, 0.004)}
    assert rates["encoder"] == pytest.approx(rates["rest"] / 5)


def test_rates_have_the_names_of_the_log(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(**ADVERSARIAL))
    learner.step(random_pair(), phase, 2)
    o, d = phase.optimizer, learner.recipe.discriminator
    generator = {"lr": phase.learning_rate(2, o.lr), "lr_encoder": phase.learning_rate(2, o.encoder_lr)}
    assert learner.rates() == generator | {"lr_d": d.lr}


def test_momenta_and_weight_decay_are_those_of_the_phase(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(optimizer={"weight_decay": 0.01}))
    phase = replace(
        phase, optimizer=phase.optimizer.model_copy(update={"betas": (0.5, 0.9), "weight_decay": 0.3, "lr": 0.1})
    )
    learner.step(random_pair(), phase, 40)
    assert all((g["betas"], g["weight_decay"]) == ((0.5, 0.9), 0.3) for g in learner.optimizer_g.param_groups)


def test_encoder_and_rest_are_all_parameters_once(tiny_recipe, learner_of):
    learner, _ = learner_of(tiny_recipe())
    groups = {group["name"]: len(group["params"]) for group in learner.optimizer_g.param_groups}
    assert groups["encoder"] == len(list(learner.generator.module.encoder.parameters()))
    assert sum(groups.values()) == len(list(learner.generator.parameters()))


def test_an_encoder_frozen_in_one_phase_learns_in_the_next(tiny_recipe, learner_of, random_pair):
    phases = [{"epochs": 1, "optimizer": {"encoder_lr": 0}}, {"epochs": 1, "optimizer": {"encoder_lr": 0.01}}]
    recipe = tiny_recipe(phases=phases)
    learner, first = learner_of(recipe)
    second = make_plan(recipe, recipe.data.batch * 100, epochs=2)[1]
    before = weights(learner.generator.module)
    learner.step(random_pair(), first, 10)
    assert not changed(before, learner.generator.module, "encoder")
    learner.step(random_pair(), second, 110)
    assert changed(before, learner.generator.module, "encoder")


def test_a_frozen_encoder_keeps_its_weights(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(optimizer={"encoder_lr": 0, "warmup": 0}))
    before = weights(learner.generator.module)
    learner.step(random_pair(), phase, 0)
    assert not changed(before, learner.generator.module, "encoder")
    assert changed(before, learner.generator.module, "decoder")


def test_frozen_norms_keep_their_statistics_and_still_learn_scale_and_shift(tiny_recipe, learner_of, random_pair):
    for frozen in (True, False):
        learner, phase = learner_of(tiny_recipe(optimizer={"freeze_norms": frozen, "warmup": 0.0}))
        learner.train(phase)
        norm = learner.generator.module.decoder[0].mix[1]
        mean, scale = norm.running_mean.clone(), norm.weight.detach().clone()
        learner.step(random_pair(), phase, 0)
        assert torch.equal(norm.running_mean, mean) is frozen
        assert not torch.equal(norm.weight, scale)
        assert learner.generator.module.training  # dropout stays on


def test_gradients_are_clipped_to_the_phases_norm(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(losses={"smooth_l1": 1000.0}))
    learner.step(random_pair(), phase, 0)
    norm = torch.stack([p.grad.norm() for p in learner.generator.parameters()]).norm()
    assert float(norm) == pytest.approx(1.0, rel=1e-3)
    free = replace(phase, optimizer=phase.optimizer.model_copy(update={"clip_norm": None}))
    learner.step(random_pair(), free, 1)
    norm = torch.stack([p.grad.norm() for p in learner.generator.parameters()]).norm()
    assert float(norm) > 10


def test_the_painter_is_the_exponential_average(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(generator={"ema": 0.2}, optimizer={"warmup": 0}))
    history = []
    for step in range(3):
        learner.step(random_pair(seed=step), phase, step)
        history.append(weights(learner.generator.module)["head.weight"])
    # the first average is the first weights themselves; then the decay is 2/11, 3/12 and so on, at most the recipe's
    wanted = 0.2 * (2 / 11 * history[0] + 9 / 11 * history[1]) + 0.8 * history[2]
    painted = learner.painter().head.weight
    torch.testing.assert_close(painted, wanted, rtol=1e-5, atol=1e-7)
    assert not torch.equal(painted, history[2])


def test_running_statistics_are_averaged_too(tiny_recipe, learner_of, random_pair):
    learner, phase = learner_of(tiny_recipe(generator={"ema": 0.5}))
    seen = []
    for step in range(2):
        learner.step(random_pair(seed=step), phase, step)
        seen.append(learner.generator.module.decoder[3].mix[1].running_mean.clone())
    wanted = seen[0] * 2 / 11 + seen[1] * 9 / 11
    torch.testing.assert_close(learner.painter().decoder[3].mix[1].running_mean, wanted)


def test_without_averaging_the_painter_is_the_generator_itself(tiny_recipe, learner_of):
    learner, _ = learner_of(tiny_recipe(generator={"ema": 0}))
    assert learner.ema is None
    assert learner.painter() is learner.generator.module


def test_a_learner_that_is_about_to_be_resumed_needs_no_weights_to_start_from(tiny_recipe, fabric):
    gone = tiny_recipe(generator={"encoder_weights": "gone.safetensors"})
    Learner(gone, fabric, pretrained=False)
    with pytest.raises(RecipeError, match=r"gone.safetensors does not exist"):
        Learner(gone, fabric)


@pytest.mark.parametrize("norm", ["batch", "instance", "spectral", "none"])
@pytest.mark.parametrize("kind", ["bce", "lsgan", "hinge"])
def test_every_judge_and_kind_trains(tiny_recipe, learner_of, random_pair, norm, kind):
    learner, phase = learner_of(
        tiny_recipe(discriminator={"norm": norm, "clip_norm": 1.0, "adversarial_kind": kind}, **ADVERSARIAL)
    )
    before = weights(learner.discriminator)
    parts = learner.step(random_pair(2), phase, 0)
    assert all(value.isfinite() for value in parts.values())
    assert changed(before, learner.discriminator)


class TestLabels:
    """What the networks are told of the class, and what they learn from it."""

    CONDITIONAL: ClassVar = {"generator": {"conditional": True}, "losses": {"smooth_l1": 1.0, "classification": 0.05}}

    def test_only_what_is_conditional_is_told_the_classes(self, tiny_recipe, fabric):
        both = tiny_recipe(generator={"conditional": True}, discriminator={"conditional": True}, **ADVERSARIAL)
        labelled = Learner(both, fabric, classes="abc")
        assert labelled.generator.classes == 3
        assert labelled.discriminator.layers[0].in_channels == 3 + 3
        unlabelled = Learner(tiny_recipe(**ADVERSARIAL), fabric, classes="abc")
        assert unlabelled.generator.classes == 0
        assert unlabelled.discriminator.layers[0].in_channels == 3

    def test_the_guess_of_the_class_is_a_loss_of_its_own_over_the_pictures_whose_label_is_known(
        self, tiny_recipe, fabric, random_pair
    ):
        recipe = tiny_recipe(**self.CONDITIONAL)
        learner, phase = Learner(recipe, fabric, classes="abc"), make_plan(recipe, 400)[0]
        pair = random_pair()._replace(label=torch.tensor([0, 2, 3, 3]))  # 3: unknown
        before = copy.deepcopy(learner.generator.module)
        with torch.no_grad():
            logits = before.train()(pair.source, pair.label, also=("label_logits",))["label_logits"]
        parts = learner.step(pair, phase, 0)
        wanted = -(logits.log_softmax(1)[0, 0] + logits.log_softmax(1)[1, 2]) / 4 * 0.05
        assert float(parts["classification"]) == pytest.approx(float(wanted), rel=1e-4)
        assert changed(weights(before), learner.generator.module, "classifier")

    def test_a_classifier_that_no_phase_asks_takes_no_part(self, tiny_recipe, fabric):
        for classification, part in ((0.0, False), (0.1, True)):
            recipe = tiny_recipe(generator={"conditional": True}, losses={"l1": 1.0, "classification": classification})
            learner = Learner(recipe, fabric, classes="abc")
            held = {id(p) for group in learner.optimizer_g.param_groups for p in group["params"]}
            assert all((id(p) in held) is part for p in learner.generator.module.classifier.parameters())

    def test_bins_are_a_loss_of_their_own_and_their_head_takes_part_only_where_they_are_asked(
        self, tiny_recipe, fabric, random_pair
    ):
        options = {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16}
        for weight in (0.0, 0.1):
            recipe = tiny_recipe(losses={"l1": 1.0, "bins": weight})
            recipe.generator.name, recipe.generator.options = "query_unet", options
            learner, phase = Learner(recipe, fabric), make_plan(recipe, 400)[0]
            before = copy.deepcopy(learner.generator.module)
            parts = learner.step(random_pair(), phase, 0)
            assert ("bins" in parts) is bool(weight)
            assert changed(weights(before), learner.generator.module, "bins") is bool(weight)
            if weight:
                assert 0.05 < float(parts["bins"]) / weight < 12  # of 261 bins alike: 5.6

    def test_certainty_of_bins_that_nothing_teaches_is_refused(self, tiny_recipe, fabric):
        recipe = tiny_recipe(losses={"l1": 1.0})
        recipe.generator.name, recipe.generator.options = "query_unet", {"certainty": 1.0}
        with pytest.raises(RecipeError, match=r"certainty comes from the bins.*give losses.bins a weight"):
            Learner(recipe, fabric)

    def test_a_generator_without_bins_is_refused(self, tiny_recipe, fabric):
        with pytest.raises(RecipeError, match="'losses.bins': lite_unet has no bins of colour"):
            Learner(tiny_recipe(losses={"l1": 1.0, "bins": 0.1}), fabric)

    def test_in_a_phase_that_does_not_ask_the_guess_every_weight_has_a_gradient(self, tiny_recipe, fabric, random_pair):
        phases = [{"epochs": 1}, {"epochs": 1, "losses": {"l1": 1.0}}]
        recipe = tiny_recipe(phases=phases, **self.CONDITIONAL)
        learner, phase = Learner(recipe, fabric, classes="abc"), make_plan(recipe, 400)[1]
        parts = learner.step(random_pair(), phase, phase.start)
        assert float(parts["classification"]) == 0
        assert all(p.grad is not None for p in learner.generator.module.parameters())

    def test_colourfulness_asks_nothing_of_the_classes_it_spares(self, tiny_recipe, fabric, random_pair):
        colourfulness = {"weight": 2.0, "share": 0.9, "except": ["a", "c"]}
        recipe = tiny_recipe(losses={"l1": 1.0, "colourfulness": colourfulness})
        learner, phase = Learner(recipe, fabric, classes="abc"), make_plan(recipe, 24)[0]
        pair = random_pair()
        grey = torch.zeros_like(pair.target)

        def shortage(labels: list[int], painted: torch.Tensor) -> float:
            labelled = pair._replace(label=torch.tensor(labels))
            return float(learner.losses(labelled, painted, {}, phase)["colourfulness"])

        one_spared = torch.cat([grey[:1], pair.target[1:]])
        assert shortage([0, 1, 1, 1], one_spared) == pytest.approx(0)
        assert shortage([1, 0, 2, 0], one_spared) == pytest.approx(2 * 0.9**2, rel=1e-2)
        assert shortage([0, 2, 0, 2], grey) == 0  # nothing is asked, and nothing is no number
        assert shortage([1, 1, 1, 1], grey) == pytest.approx(2 * 0.9**2, rel=1e-2)

    def test_a_spared_class_that_the_data_do_not_have_is_refused(self, tiny_recipe, fabric):
        recipe = tiny_recipe(losses={"l1": 1.0, "colourfulness": {"weight": 1.0, "except": ["a", "cat"]}})
        wanted = "'losses.colourfulness.except': the data have no class 'cat'; they have a, b, c"
        with pytest.raises(RecipeError, match=wanted):
            Learner(recipe, fabric, classes="abc")

    def test_a_generator_that_cannot_classify_is_refused(self, tiny_recipe, fabric):
        recipe = tiny_recipe(**self.CONDITIONAL)
        recipe.generator.name, recipe.generator.options = "vgg16_unet", {}
        with pytest.raises(
            RecipeError, match="'losses.classification': vgg16_unet has no classifier for the task colorize; use 0"
        ):
            Learner(recipe, fabric, classes="abc")

    @pytest.mark.slow
    def test_where_only_the_label_decides_the_colour_it_is_learnt(self, staged_recipe, fabric):
        """The same noise in three classes of one colour each; without a label no colour is better than another."""
        noise = torch.Generator().manual_seed(1)
        colors = torch.tensor([[0.45, 0.1], [-0.35, 0.3], [0.0, -0.45]])
        optimizer = {"lr": 0.003, "encoder_lr": 0.0003, "warmup": 0.0}
        recipe = staged_recipe(optimizer=optimizer, generator={"conditional": True})
        learner, phase = Learner(recipe, fabric, classes="abc"), make_plan(recipe, 1200)[0]

        def batch(labels: torch.Tensor, shown: torch.Tensor) -> Pair:
            source = torch.rand(len(labels), 1, 32, 32, generator=noise) * 2 - 1
            target = colors[labels][..., None, None].expand(-1, -1, 32, 32)
            return Pair(source, target, shown, torch.ones_like(source))

        for step in range(160):
            labels = torch.randint(3, (16,), generator=noise)
            dropped = torch.rand(16, generator=noise) < 0.25
            learner.step(batch(labels, torch.where(dropped, 3, labels)), phase, step)
        every = torch.arange(3)
        with torch.no_grad():
            painted = learner.painter().eval()(batch(every, every).source, every).mean((-2, -1))
        assert torch.cdist(painted, colors).argmin(1).tolist() == [0, 1, 2]
        assert (painted - colors).norm(dim=1).max() < 0.2  # the colours are 0.7 and more apart


def test_no_step_but_the_first_asks_anything_of_the_device(tiny_recipe, learner_of, random_pair):
    losses = {"smooth_l1": 1, "perceptual": 0.1, "psnr": 0.1, "ciede2000": 0.5, "chroma_rebalance": 0.5}
    recipe = tiny_recipe(losses=losses, balance="gradient", **ADVERSARIAL)
    learner, phase = learner_of(recipe, ChromaRebalance(torch.ones(22, 22).numpy(), 0.5))
    asked = []

    class Asked(TorchDispatchMode):
        """Notes what makes the processor wait for a GPU; but for the average's count, which is not there."""

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func.name() in ("aten::_local_scalar_dense", "aten::nonzero", "aten::lift_fresh"):
                asked.extend(func for one in args if one is not learner.ema.n_averaged)
            return func(*args, **kwargs or {})

    learner.step(random_pair(), phase, 0)
    pair = random_pair()
    with Asked():
        learner.step(pair, phase, 1)
    assert asked == []


def test_plateau_factor_scales_every_learning_rate(tiny_recipe, learner_of, random_pair):
    optimizer = {"schedule": "plateau", "lr": 0.01, "encoder_lr": 0.002, "warmup": 0.0}
    learner, phase = learner_of(tiny_recipe(phases=[{"epochs": 1, "adversarial": 0.1, "optimizer": optimizer}]))
    learner.plateau_factor = 0.25
    learner.step(random_pair(), phase, 60)
    rates = {group["name"]: group["lr"] for group in learner.optimizer_g.param_groups}
    assert rates == {"rest": pytest.approx(0.0025), "encoder": pytest.approx(0.0005)}
    assert learner.optimizer_d.param_groups[0]["lr"] == pytest.approx(2e-4 / 4)


class Squares(Discriminator):
    """Judges squares that do not overlap; it has neither width nor depth nor norm."""

    def __init__(self, in_channels: int, classes: int = 0, side: int = 8) -> None:
        super().__init__()
        self.label_planes = LabelPlanes(classes)
        self.look = nn.Conv2d(in_channels + classes, 1, side, side)
        self.geometry = patch_geometry([(side, side, 0)])

    def forward(self, source, photo, label=None):
        return self.look(self.label_planes(torch.cat([source, photo], 1), label))


class Pixels(Generator):
    """Paints each pixel by itself."""

    size_multiple = 1
    way_down = "mix"

    def __init__(self, in_channels: int = 1, out_channels: int = 2, classes: int = 0, width: int = 4) -> None:
        super().__init__(in_channels, out_channels, classes)
        self.label_planes = LabelPlanes(classes)
        self.mix = nn.Sequential(
            nn.Conv2d(in_channels + classes, width, 1), nn.ReLU(), nn.Conv2d(width, out_channels, 1)
        )

    def forward(self, source, label=None):
        return self.mix(self.label_planes(source, label)).tanh()


class TestANewNetworkIsAFileAndARow:
    @pytest.fixture(autouse=True)
    def rows(self, monkeypatch):
        monkeypatch.setitem(GENERATORS, "pixels", f"{__name__}:Pixels")
        monkeypatch.setitem(DISCRIMINATORS, "squares", f"{__name__}:Squares")

    @pytest.fixture
    def recipe_of(self, tiny_recipe):
        """``recipe_of(depth=3)`` -> the two, with these keys of the discriminator."""

        def make(**critic):
            painter = {"name": "pixels", "conditional": True, "encoder_weights": None}
            recipe = tiny_recipe(
                generator=painter, discriminator={"name": "squares", "width": None} | critic, **ADVERSARIAL
            )
            recipe.generator.options = {"width": 5}  # instead of the tiny recipe's
            return recipe

        return make

    def test_both_learn(self, recipe_of, fabric, random_pair):
        recipe = recipe_of(conditional=True, options={"side": 16})
        assert (recipe.generator.encoder_weights, recipe.discriminator.depth) == ("none", None)
        learner = Learner(recipe, fabric, classes="abc")
        before = [weights(network) for network in (learner.generator, learner.discriminator)]
        learner.step(random_pair(), make_plan(recipe, recipe.data.batch * 100)[0], 5)
        assert learner.discriminator.look.kernel_size == (16, 16)
        assert all(changed(b, n) for b, n in zip(before, (learner.generator, learner.discriminator), strict=True))
        assert list(learner.rates()) == ["lr", "lr_d"]  # nothing of it came from elsewhere

    @pytest.mark.parametrize(
        ("critic", "message"),
        [
            ({"depth": 3}, "discriminator squares has no depth; add discriminator.depth=null"),
            ({"options": {"sides": 3}}, "squares has no 'sides'.*did you mean 'side'"),
        ],
    )
    def test_an_option_that_it_does_not_have_is_refused_when_the_recipe_is_read(self, recipe_of, critic, message):
        with pytest.raises(ValueError, match=message):
            recipe_of(**critic)
