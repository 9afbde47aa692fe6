"""`remove_channels`: leave out the channels of a generator that matter least, until it costs what it may cost.

torch-pruning (Fang et al. 2023, "DepGraph") finds which filters, norms and inputs belong together, concatenated skips
and transposed convolutions included, and cuts them out. How many go of each group is decided here: one threshold for
the whole network, found by counting the executed multiply-adds of the network that would be left.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pincel.errors import PincelError, join, pick
from pincel.export.export import executed_macs
from pincel.models.generators import build_generator
from pincel.models.generators.base import Generator
from pincel.models.names import GENERATORS, class_of

__all__ = ["IMPORTANCES", "Pruned", "remove_channels"]

MAKERS = (nn.Conv2d, nn.ConvTranspose2d)  # of channels
MULTIPLE = 8  # of channels that stay: what processors compute at once
TRACED_SIDES = 2  # of the size multiple: no step is a single pixel then


@dataclass(frozen=True)
class Pruned:
    """What is left of a generator.

    Attributes:
        generator: the smaller network, in evaluation mode.
        options: with which its constructor builds it.
        macs: executed multiply-adds of one picture. macs_before: of the whole network.
        kept: channels that stay and that there were, by the layer that makes them.
    """

    generator: Generator
    options: dict[str, Any]
    macs: int
    macs_before: int
    kept: dict[str, tuple[int, int]]


def remove_channels(
    name: str,
    generator: Generator,
    options: dict[str, Any],
    target_macs: float,
    size: int,
    importance: str = "magnitude",
) -> Pruned:
    """A copy of a generator that keeps as many of its channels as ``target_macs`` allows, the most important ones.

    A group's channels are compared by their share of the group's mean importance; the threshold is the same for all
    groups. Of every group 8 channels stay at least, and a multiple of 8.

    Args:
        name: of the generator, a key of `pincel.models.names.GENERATORS`.
        generator: stays as it is.
        options: of its constructor.
        target_macs: executed multiply-adds of one picture that the result may have.
        size: side of that picture in pixels.
        importance: a key of `IMPORTANCES`.

    Raises:
        PincelError: this generator cannot be pruned, or not so far; says how far.
    """
    if generator.unprunable:
        can = join(other for other in GENERATORS if not class_of(GENERATORS[other]).unprunable)
        raise PincelError(f"this {name} cannot be pruned: {generator.unprunable} (generators that can: {can})")
    score = pick(IMPORTANCES, importance, "importance")()
    whole = executed_macs(generator, size, size)
    if not 0 < target_macs < whole:
        raise PincelError(
            f"the network has {_count(whole)} at {size} px; give a target below, not {_count(target_macs)}"
        )
    network = _traceable(generator)
    groups = {_root(group): group for group in _groups(network)}
    if not groups:
        raise PincelError(f"torch-pruning finds no channels of this {name} that could go")
    scores = {root: score(group).cpu() for root, group in groups.items()}

    def left(threshold: float) -> dict[str, int]:
        return {root: _round_up(int((values >= threshold).sum()), len(values)) for root, values in scores.items()}

    widths = {layer: module.out_channels for layer, module in generator.named_modules() if isinstance(module, MAKERS)}

    def smaller(kept: dict[str, int]) -> dict[str, Any]:
        return generator.pruned(widths | kept)

    def macs(kept: dict[str, int]) -> int:
        with torch.device("meta"):
            return executed_macs(_rebuilt(name, generator, options | smaller(kept)), size, size)

    thresholds = [*torch.cat(list(scores.values())).unique().tolist(), float("inf")]
    # macs falls as the threshold rises: the first threshold that is low enough
    first = bisect_left(thresholds, -target_macs, key=lambda threshold: -macs(left(threshold)))
    if first == len(thresholds):
        least = macs(left(float("inf")))
        raise PincelError(f"this {name} cannot be pruned below {_count(least)} at {size} px; give a target above")
    kept = left(thresholds[first])
    for root, group in groups.items():
        order = scores[root].argsort(stable=True).tolist()
        gone = sorted(order[: len(order) - kept[root]])
        if gone:
            group.prune(idxs=gone)
    new_options = options | smaller(kept)
    result = _rebuilt(name, generator, new_options)
    state = network.state_dict()
    result.load_state_dict({key: state[key] for key in result.state_dict()})
    counts = {root: (kept[root], len(values)) for root, values in scores.items()}
    return Pruned(result.eval(), new_options, executed_macs(result, size, size), whole, counts)


class _Scores:
    """Importance of a group's channels, of mean 1.

    Args:
        norms_only: the size of the norm's factors (Liu et al. 2017, "Network slimming"), where a group has a norm;
            otherwise the squares of all weights that make or use a channel.
    """

    def __init__(self, norms_only: bool) -> None:
        from torch_pruning import importance

        self.magnitude = importance.GroupMagnitudeImportance(p=2)
        self.norms = importance.BNScaleImportance() if norms_only else None

    def __call__(self, group: Any) -> Tensor:
        found = self.norms(group) if self.norms else None
        found = self.magnitude(group) if found is None else found
        assert found is not None  # every group has a convolution
        return found


IMPORTANCES: dict[str, Callable[[], _Scores]] = {
    "magnitude": lambda: _Scores(norms_only=False),
    "norm": lambda: _Scores(norms_only=True),
}


def _traceable(generator: Generator) -> Generator:
    """A copy that torch-pruning can follow: of its norms it knows BatchNorm best, and only widths matter here."""
    network = copy.deepcopy(generator).eval().requires_grad_(True)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.InstanceNorm2d):
                stand_in = nn.BatchNorm2d(child.num_features)
                stand_in.weight, stand_in.bias = child.weight, child.bias  # type: ignore[assignment]
                setattr(parent, name, stand_in)
    return network


def _groups(network: Generator) -> Iterator[Any]:
    """Channels that can only go together, as torch-pruning finds them."""
    from torch_pruning import DependencyGraph

    side = TRACED_SIDES * network.size_multiple
    example = torch.zeros(2, network.in_channels, side, side)
    graph = DependencyGraph().build_dependency(network, example_inputs=example)
    fixed = [module for part in network.given_parts for module in part.modules()]
    yield from graph.get_all_groups(ignored_layers=fixed, root_module_types=[*MAKERS])


def _root(group: Any) -> str:
    """Name of the layer that makes a group's channels."""
    return group[0].dep.target.name.split(" ")[0]


def _rebuilt(name: str, like: Generator, options: dict[str, Any]) -> Generator:
    return build_generator(name, like.in_channels, like.out_channels, like.classes, **options)


def _round_up(count: int, of: int) -> int:
    return min(of, max(1, -(-count // MULTIPLE)) * MULTIPLE)


def _count(macs: float) -> str:
    return f"{macs / 1e6:.1f} M multiply-adds"
