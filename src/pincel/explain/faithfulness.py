"""Can a map be believed? Deletion and insertion curves, infidelity, sensitivity, and the randomisation test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from pincel.explain.explained import Explained
from pincel.explain.maps import mean_source
from pincel.explain.scalars import Scalar

__all__ = [
    "FAILURES",
    "Checks",
    "MapOf",
    "Response",
    "block_means",
    "check_map",
    "random_responses",
    "randomised_models",
    "randomised_network",
    "rank_correlation",
    "respond",
]

BLOCK = 8  # pixels a side that are taken away or given back together
STEPS = 8
RANDOM_ORDERS = 4
SHUFFLES = 2  # networks with shuffled weights
ALIKE = 0.5  # rank correlation with an untrained network's map above which the map shows the picture, not the network
PERTURBATIONS = 4
RADIUS = 0.02  # of -1..1
NOISE = 0.05  # standard deviation of infidelity's noise, of -1..1
NOISES = 16
BATCH = 4

MapOf = Callable[[Explained, Tensor], np.ndarray]
"""A model and a source (1, C, H, W) -> the map (H, W)."""

FAILURES = {
    "empty": "empty",
    "order": "order no better than chance",
    "weights": "follows the picture",
    "unsteady": "unsteady",
}
"""The checks that a map can fail, in few words."""


@dataclass(frozen=True)
class Response:
    """How far the scalar is from its value on the whole picture, as blocks are taken away and given back.

    Attributes:
        deletion: (STEPS + 1,), from the whole picture to an even one.
        insertion: (STEPS + 1,), from an even picture to the whole one.
    """

    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def gain(self) -> float:
        """Mean of deletion minus mean of insertion: large when the first blocks matter most."""
        return float(self.deletion.mean() - self.insertion.mean())


@dataclass(frozen=True)
class Checks:
    """What the checks of one map gave.

    Attributes:
        response: with the map's order of blocks. chance: the mean over random orders.
        chance_gains: of each random order.
        infidelity: what a gradient leaves unforetold of the changes that noise makes, as a share of their mean square
            (captum's normalised infidelity, Yeh et al. 2019): 0 nothing, 1 all; None for maps that are no gradients.
        sensitivity: largest relative change of the map for a change of 0.02 of the picture (Yeh et al. 2019).
        untrained: rank correlation with the map of the same network with shuffled weights (Adebayo et al. 2018), mean
            over shuffles; None for files, whose weights cannot be shuffled.
        failures: a sentence for each check that the map fails, by a key of `FAILURES`.
    """

    response: Response
    chance: Response
    chance_gains: list[float]
    infidelity: float | None
    sensitivity: float
    untrained: float | None
    failures: dict[str, str]


def check_map(
    explained: Explained,
    map_of: MapOf,
    scalar: Scalar,
    values: np.ndarray,
    source: Tensor,
    *,
    random: Sequence[Response],
    randomised: Sequence[Explained] = (),
    slopes: Tensor | None = None,
    perturbations: int = PERTURBATIONS,
) -> Checks:
    """All checks of one map.

    Args:
        explained: the model.
        map_of: made ``values``.
        scalar: that is explained.
        values: the map (H, W).
        source: (1, C, H, W).
        random: `random_responses` of the same scalar and source.
        randomised: `randomised_models` of the model.
        slopes: of maps of gradients, what they were before their sign was dropped: infidelity is told with it.
        perturbations: slightly changed pictures that the map is made for again.
    """
    response = respond(scalar, source, np.argsort(-block_means(values).ravel(), kind="stable"))
    chance = Response(
        np.mean([one.deletion for one in random], axis=0), np.mean([one.insertion for one in random], axis=0)
    )
    gains = [one.gain for one in random]
    alike = [rank_correlation(values, map_of(one, source)) for one in randomised]
    untrained = float(np.mean(alike)) if alike else None
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        unfaithful = None if slopes is None else _infidelity(scalar, source, slopes)
        unsteady = _sensitivity(lambda x: map_of(explained, x), values, source, perturbations)
    failures = _failures(bool(values.any()), response.gain > max(gains), untrained, unsteady)
    return Checks(response, chance, gains, unfaithful, unsteady, untrained, failures)


def _failures(marks: bool, helps: bool, untrained: float | None, unsteady: float) -> dict[str, str]:
    failures = {}
    if not marks:
        failures["empty"] = "It is empty: there is nothing to believe."
    elif not helps:
        failures["order"] = (
            "Taking away first what it marks changes the number no more than taking away random squares (what raises "
            "it and what lowers it may cancel): do not read it as what matters."
        )
    if untrained is not None and abs(untrained) > ALIKE:
        value = f"{untrained:.2f}".replace("-", "\u2212")
        failures["weights"] = (
            f"A network with shuffled weights gives nearly the same map (rank correlation {value}): it shows "
            "the picture, not what was learnt."
        )
    if not unsteady <= 1:
        failures["unsteady"] = (
            f"A change of the picture that hardly shows changes the map by {unsteady:.1f} times its own size."
        )
    return failures


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation of two maps; 0 where one of them is even."""
    if not np.ptp(one) or not np.ptp(other):
        return 0.0
    rank = float(spearmanr(one.ravel(), other.ravel())[0])  # type: ignore[arg-type]
    return rank if np.isfinite(rank) else 0.0


def _sensitivity(make: Callable[[Tensor], np.ndarray], values: np.ndarray, source: Tensor, perturbations: int) -> float:
    """captum's largest relative change of a map over slightly changed pictures."""
    from captum.metrics import sensitivity_max

    def as_attribution(inputs: tuple[Tensor, ...]) -> tuple[Tensor]:  # captum hands over tuples
        maps = [values if torch.equal(one[None], source) else make(one[None]) for one in inputs[0]]
        found = torch.cat([torch.from_numpy(one)[None, None] for one in maps])
        return (found.expand_as(inputs[0]).contiguous(),)

    return float(
        sensitivity_max(
            as_attribution,
            (source,),
            perturb_radius=RADIUS,
            n_perturb_samples=perturbations,
            max_examples_per_batch=1,
        )
    )


def _infidelity(scalar: Scalar, source: Tensor, slopes: Tensor) -> float:
    """captum's infidelity, the slopes scaled to fit best, as a share of that of slopes that are all zero."""
    from captum.metrics import infidelity

    def noise(x: Tensor) -> tuple[Tensor, Tensor]:
        step = NOISE * torch.randn_like(x)
        return step, x - step

    def of(what: Tensor, normalize: bool) -> float:
        torch.manual_seed(0)  # the same noise for both
        found = infidelity(
            scalar.of,
            noise,
            source,
            what,
            n_perturb_samples=NOISES,
            max_examples_per_batch=BATCH,
            normalize=normalize,
        )
        return float(found)

    nothing = of(torch.zeros_like(slopes), False)
    return of(slopes, True) / nothing if nothing > 0 else 0.0


def random_responses(scalar: Scalar, source: Tensor) -> list[Response]:
    """`respond` for some random orders, the same ones every time."""
    rng = np.random.default_rng(0)
    count = block_means(np.zeros(source.shape[-2:], np.float32)).size
    return [respond(scalar, source, rng.permutation(count)) for _ in range(RANDOM_ORDERS)]


def respond(scalar: Scalar, source: Tensor, order: np.ndarray) -> Response:
    """Deletion and insertion curves (Petsiuk et al. 2018) by blocks of 8 px against the picture's mean.

    Args:
        scalar: what is measured; of two parts, the distance in both together.
        source: (1, C, H, W).
        order: of the blocks, row by row, the most important one first.
    """
    even, shape = mean_source(source), source.shape[-2:]
    rank = np.empty(order.size, int)
    rank[order] = np.arange(order.size)
    columns = -(-shape[1] // BLOCK)
    ranks = rank.reshape(-1, columns).repeat(BLOCK, 0).repeat(BLOCK, 1)[: shape[0], : shape[1]]
    first = [torch.from_numpy(ranks < round(order.size * k / STEPS)) for k in range(STEPS + 1)]
    pictures = torch.cat([torch.where(mask, even, source) for mask in first])
    pictures = torch.cat([pictures, *(torch.where(mask, source, even) for mask in first[1:-1])])
    with torch.no_grad():
        values = torch.cat([scalar.of(part) for part in pictures.split(BATCH)]).double().view(len(pictures), -1)
    away = (values - values[0]).norm(dim=1).numpy()
    deletion = away[: STEPS + 1]
    return Response(deletion, np.concatenate([deletion[-1:], away[STEPS + 1 :], deletion[:1]]))


def block_means(values: np.ndarray) -> np.ndarray:
    """Mean of each block of 8 x 8 px; the last ones may be smaller."""
    height, width = values.shape
    rows, columns = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums = np.add.reduceat(np.add.reduceat(values.astype(np.float64), rows, 0), columns, 1)
    sizes = np.minimum(BLOCK, height - rows)[:, None] * np.minimum(BLOCK, width - columns)[None]
    return sums / sizes


def randomised_models(explained: Explained) -> list[Explained]:
    """The model with shuffled weights, some times over (Adebayo et al. 2018); none of a file."""
    if explained.network is None:
        return []
    networks = [randomised_network(explained.network, seed) for seed in range(SHUFFLES)]
    return [replace(explained, model=None, network=network) for network in networks]


def randomised_network(network: nn.Module, seed: int = 0) -> nn.Module:
    """A copy with the values of every weight shuffled: nothing learnt is left, sizes and spreads are."""
    copied = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in copied.parameters():
            flat = parameter.flatten()
            parameter.copy_(flat[torch.randperm(flat.numel(), generator=generator)].view_as(parameter))
    return copied
