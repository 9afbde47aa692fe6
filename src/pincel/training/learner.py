"""`Learner`: the networks, their optimisers and averages, and what one step does to them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from pincel.data.pairs import Pair
from pincel.errors import RecipeError, join
from pincel.models.generators.base import Generator
from pincel.tasks import TASKS
from pincel.training.average import Average
from pincel.training.distillation import Distillation
from pincel.training.losses.adversarial import discriminator_loss, generator_adversarial_loss
from pincel.training.losses.balance import Balance
from pincel.training.losses.color import ChromaRebalance
from pincel.training.losses.pixels import masked_mean
from pincel.training.losses.planes import planes_for
from pincel.training.losses.table import ADVERSARIAL
from pincel.training.losses.weighted import WeightedLosses
from pincel.training.memory import keep_freed_memory
from pincel.training.networks import new_discriminator, new_generator
from pincel.training.plan import PlannedPhase
from pincel.training.pretrained import load_start
from pincel.training.quick import maybe_compiled, wait_for
from pincel.training.recipe import Recipe
from pincel.training.teacher import Teacher

__all__ = ["Learner"]


class Learner:
    """Everything that changes while training, and the two steps that change it.

    Args:
        recipe: the experiment.
        fabric: where it runs.
        rebalance: weights of the target colours, when the recipe asks for them.
        classes: names of the data's, in the order of their numbers.
        pretrained: load the weights that the recipe starts from; needless when a checkpoint follows.
        teacher: what the recipe's distillation learns from.
        examples: batches of training pairs, for a start from a model file.

    Attributes:
        first_seconds: by size and batch of a phase, how long its first step took here: what is compiled or chosen by
            trying is so then.
    """

    def __init__(
        self,
        recipe: Recipe,
        fabric: Fabric,
        rebalance: ChromaRebalance | None = None,
        classes: Sequence[str] = (),
        pretrained: bool = True,
        teacher: Teacher | None = None,
        examples: Sequence[Pair] = (),
    ) -> None:
        self.recipe, self.fabric, self.classes = recipe, fabric, list(classes)
        _require_classes(recipe, self.classes)
        keep_freed_memory()
        fabric.seed_everything(recipe.seed, verbose=False)
        self.plateau_factor, self.asked = 1.0, recipe.side_outputs
        self.first_seconds: dict[tuple[int, int], float] = {}
        generator = new_generator(recipe, len(classes))
        if pretrained:
            load_start(generator, recipe.generator, self.classes, examples)
        generator = generator.to(fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = Average(generator, recipe.generator.ema) if recipe.generator.ema else None
        self.optimizer_g = torch.optim.AdamW(_groups(generator, recipe), fused=True)
        quick = maybe_compiled(generator, recipe.compile, fabric.device)
        self.generator, self.optimizer_g = fabric.setup(quick, self.optimizer_g)
        self.discriminator = self.optimizer_d = None
        if recipe.adversarial:
            d, network = recipe.discriminator, new_discriminator(recipe, len(classes))
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            optimizer = torch.optim.Adam(network.parameters(), d.lr, d.betas, fused=True)
            if network.planes == "output":  # others look through a network that is not theirs, which cannot be traced
                network = maybe_compiled(network, recipe.compile, fabric.device)
            self.discriminator, self.optimizer_d = fabric.setup(network, optimizer)
        colors = getattr(self.painter(), "bin_colors", [])
        self._weighted = WeightedLosses(TASKS[recipe.task], self.classes, fabric.device, rebalance, colors)
        self.distillation: Distillation | None = None
        if teacher is not None and recipe.distillation is not None:
            student = [_bare(self.generator), *([self.painter()] if self.ema is not None else [])]
            self.distillation = Distillation(recipe.distillation, teacher, student, recipe.data.size, fabric)
        self.balance = Balance(fabric) if recipe.balance else None

    def train(self, phase: PlannedPhase, plateau_factor: float = 1.0) -> None:
        """Set the generator to training: dropout on, and norms by each batch unless the phase freezes them.

        Args:
            phase: that is learnt from now on.
            plateau_factor: on all learning rates.
        """
        self.plateau_factor = plateau_factor
        self.generator.train()
        if phase.optimizer.freeze_norms:
            for module in self.generator.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def step(self, pair: Pair, phase: PlannedPhase, step: int) -> dict[str, Tensor]:
        """One step on one batch, all of it; returns the parts of the losses, detached."""
        began, shape = time.perf_counter(), (phase.size, phase.batch)
        pair = self.lesson(pair.to_channels_last())
        critic_only = step - phase.start < phase.critic_steps
        parts: dict[str, Tensor] = {}
        also: dict[str, Tensor] = {}
        with torch.set_grad_enabled(not critic_only):
            if self.asked:
                also = self.generator(pair.source, pair.label, also=self.asked)
            fake = also.pop("painted") if also else self.generator(pair.source, pair.label)
        if phase.adversarial:
            parts |= self._discriminator_step(pair, fake.detach(), phase)
        if not critic_only:
            parts |= self._generator_step(pair, fake, also, phase, step)
        if shape not in self.first_seconds:
            wait_for(self.fabric.device)
            self.first_seconds[shape] = time.perf_counter() - began
        return parts

    def lesson(self, pair: Pair) -> Pair:
        """The batch with the target that the losses compare with (`Distillation.lesson`)."""
        return pair if self.distillation is None else self.distillation.lesson(pair)

    def _discriminator_step(self, pair: Pair, fake: Tensor, phase: PlannedPhase) -> dict[str, Tensor]:
        assert self.discriminator is not None
        assert self.optimizer_d is not None
        d = self.recipe.discriminator
        for group in self.optimizer_d.param_groups:
            group["lr"] = d.lr * self.plateau_factor
        verdicts = self.verdicts(pair, fake, phase)
        self._update(self.discriminator, self.optimizer_d, verdicts["loss_d"], d.clip_norm)
        return {name: value.detach() for name, value in verdicts.items()}

    def verdicts(self, pair: Pair, fake: Tensor, phase: PlannedPhase) -> dict[str, Tensor]:
        """``loss_d``, and the mean verdicts ``d_real`` and ``d_fake`` in 0..1, of a batch painted as ``fake``."""
        assert self.discriminator is not None
        weight = _bare(self.discriminator).patch_weights(pair.mask)
        real_logits = self._logits(pair, pair.target)  # real and fake in batches of their own, or BatchNorm tells them
        fake_logits = self._logits(pair, fake)  # apart at once
        smoothing = self.recipe.discriminator.label_smoothing
        return {
            "loss_d": discriminator_loss(real_logits, fake_logits, weight, phase.adversarial_kind, smoothing),
            "d_real": masked_mean(real_logits.detach().sigmoid(), weight),
            "d_fake": masked_mean(fake_logits.detach().sigmoid(), weight),
        }

    def _generator_step(
        self, pair: Pair, fake: Tensor, also: dict[str, Tensor], phase: PlannedPhase, step: int
    ) -> dict[str, Tensor]:
        for group in self.optimizer_g.param_groups:
            o = phase.optimizer
            base = o.encoder_lr if group["name"] == "encoder" else o.lr
            lr = phase.learning_rate(step, base) * self.plateau_factor
            group.update(lr=lr, betas=o.betas, weight_decay=o.weight_decay)
        parts = self.losses(pair, fake, also, phase)
        self._update(self.generator, self.optimizer_g, parts["loss_g"], phase.optimizer.clip_norm)
        if self.distillation is not None:
            self.distillation.step(phase.learning_rate(step, phase.optimizer.lr) * self.plateau_factor)
        if self.ema is not None:
            self.ema.update_parameters(_bare(self.generator))
        return {name: part.detach() for name, part in parts.items()}

    def losses(
        self, pair: Pair, fake: Tensor, also: Mapping[str, Tensor], phase: PlannedPhase, label_share: float = 1.0
    ) -> dict[str, Tensor]:
        """``loss_g``, all that the generator learns from in a phase, and its weighted parts by their names in the logs.

        Args:
            pair: the batch.
            fake: what the generator paints of it.
            also: its side outputs by name.
            phase: the weights.
            label_share: of the labels that a step would count, where none of the batch was dropped.
        """
        balanced = self.balance is not None and fake.requires_grad
        seen = fake.detach().requires_grad_() if balanced else fake
        parts = self._weighted(pair, seen, also, phase.losses, label_share)
        if self.distillation is not None:
            parts |= self.distillation.losses(pair, seen)
        if phase.adversarial and self.discriminator is not None:
            self.discriminator.requires_grad_(False)
            logits = self._logits(pair, seen)
            self.discriminator.requires_grad_(True)
            weight = _bare(self.discriminator).patch_weights(pair.mask)
            loss = generator_adversarial_loss(logits, weight, phase.adversarial_kind)
            parts[ADVERSARIAL] = loss * phase.adversarial
        if self.balance is not None:
            return self.balance(parts, self._shares(phase), fake, seen)
        return {"loss_g": torch.stack(list(parts.values())).sum(), **parts}

    def _shares(self, phase: PlannedPhase) -> dict[str, float]:
        """Weights of the losses that are balanced; others may have no gradient at the output, and keep theirs."""
        distilled = {"distil_output": self.distillation.recipe.output} if self.distillation is not None else {}
        every = phase.losses.teaching() | distilled | {ADVERSARIAL: phase.adversarial}
        return {name: weight for name, weight in every.items() if weight}

    def _logits(self, pair: Pair, output: Tensor) -> Tensor:
        """The discriminator's logits (N, K, h, w) for an output (N, C', H, W)."""
        assert self.discriminator is not None
        shown = planes_for(_bare(self.discriminator), TASKS[self.recipe.task], pair.source, output, pair.mask)
        return self.discriminator(pair.source, shown, pair.label)

    def _update(self, network: nn.Module, optimizer: Any, loss: Tensor, clip_norm: float | None) -> None:
        optimizer.zero_grad()
        self.fabric.backward(loss)
        if clip_norm:
            self.fabric.clip_gradients(network, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
        optimizer.step()

    def rates(self) -> dict[str, float]:
        """Learning rates of the last step: ``lr``, ``lr_encoder`` (not of a frozen encoder), ``lr_d`` with a critic."""
        names = {"rest": "lr", "encoder": "lr_encoder"}
        rates = {names[group["name"]]: float(group["lr"]) for group in self.optimizer_g.param_groups}
        if self.optimizer_d is not None:
            rates["lr_d"] = float(self.optimizer_d.param_groups[0]["lr"])
        return rates

    def painter(self) -> Generator:
        """The generator that is kept and measured: the averaged one when there is one."""
        return _bare(self.ema if self.ema is not None else self.generator)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds of the networks; `Fabric.save` and `Fabric.load` take it as it is."""
        everything = {
            "generator": self.generator,
            "optimizer_g": self.optimizer_g,
            "ema": self.ema,
            "discriminator": self.discriminator,
            "optimizer_d": self.optimizer_d,
            "balance": self.balance,
        }
        everything |= self.distillation.state() if self.distillation is not None else {}
        return {name: part for name, part in everything.items() if part is not None}


def _require_classes(recipe: Recipe, classes: Sequence[str]) -> None:
    """Refuse classes that the data do not have.

    Raises:
        RecipeError: a phase's losses name one.
    """
    spared = [item for phase in recipe.phases for item in phase.losses.spared().items()]
    for loss, unknown in ((loss, name) for loss, names in spared for name in names if name not in classes):
        raise RecipeError(
            f"recipe key 'losses.{loss}.except': the data have no class '{unknown}'; "
            f"they have {join(classes) or 'none'}"
        )


def _groups(generator: Generator, recipe: Recipe) -> list[dict[str, Any]]:
    """Encoder and rest, so that each has its own learning rate; an encoder that no phase trains takes no part.

    Nor does the head of a side output that no phase asks: distributed training waits for a gradient of everything that
    takes part.
    """
    o = recipe.optimizer
    for name, head in generator.side_outputs.items():
        if name not in recipe.side_outputs:
            head.requires_grad_(False)
    if not any(phase.optimizer.encoder_lr for phase in recipe.phases):
        for parameter in generator.parameter_groups()["encoder"]:
            parameter.requires_grad_(False)
    rates = {"rest": o.lr, "encoder": o.encoder_lr}
    return [
        {"name": name, "params": inside, "lr": rates[name], "betas": o.betas, "weight_decay": o.weight_decay}
        for name, inside in generator.parameter_groups().items()
        if inside
    ]


def _bare(network: Any) -> Any:
    """The module inside Fabric's (and DDP's) wrapping."""
    network = getattr(network, "module", network)
    return getattr(network, "module", network)
