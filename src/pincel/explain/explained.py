"""`Explained`: a model that is to be explained, a run's or a file's, with its layers where they can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pincel.errors import PincelError, did_you_mean, join
from pincel.models.discriminators.base import Discriminator
from pincel.models.generators.base import Generator
from pincel.runtime.card import ModelCard
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.painter import AUTO, UNKNOWN
from pincel.tasks import TASKS, Task
from pincel.training.networks import load_painter, network_of, new_discriminator
from pincel.training.pretrained import shown_as
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["Explained", "load_discriminator", "load_explained"]


@dataclass(frozen=True)
class Explained:
    """A model and what is known of it.

    Attributes:
        name: for readers.
        task: what it paints.
        classes: labels it can be told; empty: none.
        tells_label: whether it can guess the label.
        working_size: long side in pixels at which it paints. training_size: of the squares it learnt from.
        size_multiple: of the sides it sees without padding.
        network: its layers in evaluation mode, without gradients of their own; None: a file that has none to give.
        why_not: why there is no network.
        model: the loaded file; None: a run.
        discriminator: of the run, when its checkpoint holds one.
        run: the run it comes from.
    """

    name: str
    task: Task
    classes: list[str]
    tells_label: bool
    working_size: int
    training_size: int
    size_multiple: int
    network: Generator | None = None
    model: Model | None = None
    discriminator: Discriminator | None = None
    run: Run | None = None
    why_not: str = ""

    @property
    def shown(self) -> ModelCard:
        """A card that tells how pictures are shown: how far small ones are enlarged, whether bars are left."""
        if self.model is not None:
            return self.model.card
        more = shown_as(self.run.recipe()) if self.run is not None else {}
        return ModelCard(name=self.name, task=self.task.name, **more)

    def require_network(self, what: str) -> Generator:
        """The layers.

        Raises:
            PincelError: it is a file that has none.
        """
        if self.network is None:
            without = "occlusion,labels,classes" if self.classes else "occlusion"
            raise PincelError(
                f"{what} needs gradients, and {self.name} has none to give ({self.why_not}); give --model the folder "
                f"of the run it was exported from, or choose --methods {without}"
            )
        return self.network

    def label_number(self, label: str) -> int:
        """The number of a class; `unknown` is the last one.

        Raises:
            PincelError: there is no such label.
        """
        if label == UNKNOWN:
            return len(self.classes)
        if not self.classes:
            raise PincelError(f"{self.name} takes no label; leave '{label}' away")
        if label not in self.classes:
            known = [*self.classes, UNKNOWN]
            near = did_you_mean(label, known)
            raise PincelError(f"{self.name} does not know the label '{label}'{near}; known: {join(known)}")
        return self.classes.index(label)

    def chosen_label(self, source: np.ndarray, label: str | None) -> str | None:
        """What it is told when shown ``source`` (C, H, W): as asked, guessed, or unknown; None: takes no label."""
        if not self.classes:
            if label not in (None, UNKNOWN):
                self.label_number(str(label))
            return None
        if label in (None, AUTO) and self.tells_label:
            found = self.shown.likeliest(self._logits(source[None])[0])
            return UNKNOWN if found is None else self.classes[found]
        if label == AUTO:
            raise PincelError(f"{self.name} cannot tell the label of a picture by itself; known: {join(self.classes)}")
        self.label_number(label or UNKNOWN)
        return label or UNKNOWN

    def output(self, source: Tensor, label: int | None) -> Tensor:
        """(N, C, H, W) source -> (N, C', H, W) output, both in -1..1, every picture told ``label``.

        Differentiable, but for files without a network.

        Raises:
            PincelError: such a file is asked for gradients.
        """
        if self.network is None:
            if source.requires_grad:
                self.require_network("a map of gradients")
            return torch.from_numpy(self.paint(source.numpy(), label))
        if label is None or not self.classes:
            return self.network(source)
        return self.network(source, torch.full((len(source),), label, dtype=torch.int64, device=source.device))

    def output_each(self, source: Tensor, labels: Sequence[int]) -> list[Tensor]:
        """`output` for several labels, in one pass: a layer that is looked at then runs once."""
        if self.network is None:
            return [self.output(source, label) for label in labels]
        repeated = torch.tensor(labels, device=source.device).repeat_interleave(len(source))
        return list(self.network(source.repeat(len(labels), 1, 1, 1), repeated).split(len(source)))

    def paint(self, source: np.ndarray, label: int | None) -> np.ndarray:
        """The same without gradients: float32 arrays."""
        if self.model is not None:
            return self.model.run(source, None if label == len(self.classes) else label)
        with torch.no_grad():
            return self.output(torch.from_numpy(np.ascontiguousarray(source)), label).numpy()

    def _logits(self, source: np.ndarray) -> np.ndarray:
        if self.model is not None:
            return self.model.classify(source)
        with torch.no_grad():
            return self.require_network("this").classify(torch.from_numpy(source)).numpy()


def load_explained(model: str | Path, which: str | None = None) -> Explained:
    """A run's generator and discriminator, or a model file.

    Args:
        model: the folder of a run, a model's name, or an .onnx file.
        which: of a run: ``last`` or ``best`` weights; as its recipe says by default.

    Raises:
        PincelError: it cannot be loaded.
    """
    if not Path(model).is_dir():
        loaded = load_model(model)
        card = loaded.card
        sizes = (card.working_size, min(card.working_size, 128), card.size_multiple)
        network, why_not = _network_of(loaded)
        return Explained(
            card.name, TASKS[card.task], card.classes, card.tells_label, *sizes, network, loaded, why_not=why_not
        )
    run = Run.open(model)
    recipe, facts = run.recipe(), run.facts()
    network = _watched(load_painter(run, which or recipe.validation.keep))
    classes = facts["classes"] if recipe.generator.conditional else []
    return Explained(
        run.folder.resolve().name,
        TASKS[recipe.task],
        classes,
        "label_logits" in recipe.side_outputs and bool(classes),
        recipe.working_size or recipe.data.size,
        recipe.data.size,
        network.size_multiple,
        network,
        discriminator=load_discriminator(run, recipe, len(facts["classes"])),
        run=run,
    )


def _network_of(model: Model) -> tuple[Generator | None, str]:
    """The layers of a file, or why it has none."""
    try:
        return _watched(network_of(model)), ""
    except PincelError as error:
        return None, str(error)


def _watched(network: Generator) -> Generator:
    """Ready to be looked into: only what it is shown has a gradient, and a layer's output stays what it was."""
    for module in network.modules():
        if getattr(module, "inplace", False):
            module.inplace = False  # type: ignore[assignment]
    return network.requires_grad_(False)


def load_discriminator(run: Run, recipe: Recipe, classes: int) -> Discriminator | None:
    """The discriminator as the run left it, in evaluation mode; None when its checkpoint holds none."""
    if not run.checkpoint.is_file():
        return None
    try:
        state = torch.load(run.checkpoint, map_location="cpu", weights_only=True).get("discriminator")
    except Exception:  # a damaged checkpoint does not keep the generator from being explained
        return None
    if state is None:
        return None
    network = new_discriminator(recipe, classes)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
