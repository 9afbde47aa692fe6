"""Can a map be believed? Deletion and insertion curves, infidelity, sensitivity, and the randomisation test."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from pincel.explain.explained import Explained
from pincel.explain.maps import mean_source
from pincel.explain.scalars import Scalar

__all__ = ["Checks", "Response", "block_means", "check_map", "random_responses", "randomised", "respond"]

BLOCK = 8  # pixels a side that are taken away or given back together
STEPS = 8
RANDOM_ORDERS = 4
ALIKE = 0.5  # rank correlation with an untrained network's map above which the map shows the picture, not the network
PERTURBATIONS = 6
RADIUS = 0.02  # of -1..1
BATCH = 4


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
        infidelity: captum's, normalised (Yeh et al. 2019), 0 is best; None for maps that are no gradients.
        sensitivity: largest relative change of the map for a change of 0.02 of the picture (Yeh et al. 2019).
        untrained: rank correlation with the map of the same network with shuffled weights (Adebayo et al. 2018).
        failures: a sentence for each check that the map fails.
    """

    response: Response
    chance: Response
    chance_gains: list[float]
    infidelity: float | None
    sensitivity: float
    untrained: float
    failures: list[str]


def check_map(
    explained: Explained,
    scalar_of: Callable[[Explained], Scalar],
    method: Callable[[Scalar, Tensor], np.ndarray],
    values: np.ndarray,
    source: Tensor,
    random: list[Response],
    signed: Callable[[Scalar, Tensor], Tensor] | None = None,
) -> Checks:
    """All checks of one map.

    Args:
        explained: the model; it is copied where weights are shuffled.
        scalar_of: the explained scalar of a model.
        method: made ``values`` (H, W), up to a factor.
        values: the map.
        source: (1, C, H, W).
        random: `random_responses` of the same scalar and source.
        signed: of maps of gradients, what they were before their sign was dropped: infidelity is told with it.
    """
    from captum.metrics import sensitivity_max

    scalar = scalar_of(explained)
    response = respond(scalar, source, np.argsort(-block_means(values).ravel(), kind="stable"))
    chance = Response(
        np.mean([one.deletion for one in random], axis=0), np.mean([one.insertion for one in random], axis=0)
    )
    network = explained.require_network("this")
    untrained = method(scalar_of(replace(explained, network=randomised(network))), source)
    rank = spearmanr(values.ravel(), untrained.ravel())[0] if np.ptp(untrained) else 0.0
    likeness = float(rank)  # type: ignore[arg-type]
    likeness = likeness if np.isfinite(likeness) else 0.0

    def as_attribution(inputs: tuple[Tensor, ...]) -> tuple[Tensor]:  # captum hands over tuples
        found = torch.cat([torch.from_numpy(method(scalar, one[None]))[None, None] for one in inputs[0]])
        return (found.expand_as(inputs[0]),)

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        unfaithful = None if signed is None else _infidelity(scalar, source, signed(scalar, source))
        unsteady = sensitivity_max(
            as_attribution, (source,), perturb_radius=RADIUS, n_perturb_samples=PERTURBATIONS, max_examples_per_batch=1
        )
    gains = [one.gain for one in random]
    failures = []
    if response.gain <= max(gains):
        failures.append(
            "Taking away what it marks first changes the painting no more than taking away random squares: do not read "
            "it as what matters."
        )
    if abs(likeness) > ALIKE:
        failures.append(
            f"A network with shuffled weights gives nearly the same map (rank correlation {likeness:.2f}): it shows "
            "the picture, not what was learnt."
        )
    if float(unsteady) > 1:
        failures.append(
            f"A change of the picture that hardly shows changes the map by {float(unsteady):.1f} times its own size."
        )
    return Checks(response, chance, gains, unfaithful, float(unsteady), likeness, failures)


def _infidelity(scalar: Scalar, source: Tensor, slopes: Tensor) -> float:
    """How badly the slopes foretell what noise of a standard deviation of 0.1 changes; scaled to fit best first."""
    from captum.metrics import infidelity

    def noise(x: Tensor) -> tuple[Tensor, Tensor]:
        step = 0.1 * torch.randn_like(x)
        return step, x - step

    found = infidelity(
        scalar.of,
        noise,
        source,
        slopes,
        n_perturb_samples=4 * PERTURBATIONS,
        max_examples_per_batch=BATCH,
        normalize=True,
    )
    return float(found)


def random_responses(scalar: Scalar, source: Tensor) -> list[Response]:
    """`respond` for some random orders, the same ones every time."""
    rng = np.random.default_rng(0)
    count = block_means(np.zeros(source.shape[-2:], np.float32)).size
    return [respond(scalar, source, rng.permutation(count)) for _ in range(RANDOM_ORDERS)]


def respond(scalar: Scalar, source: Tensor, order: np.ndarray) -> Response:
    """Deletion and insertion curves (Petsiuk et al. 2018) by blocks of 8 px against the picture's mean.

    Args:
        scalar: what is measured.
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
    pictures = torch.cat([pictures, *(torch.where(mask, source, even) for mask in first)])
    with torch.no_grad():
        values = torch.cat([scalar.of(part) for part in pictures.split(BATCH)]).numpy().astype(np.float64)
    away = np.abs(values - values[0])
    return Response(away[: STEPS + 1], away[STEPS + 1 :])


def block_means(values: np.ndarray) -> np.ndarray:
    """Mean of each block of 8 x 8 px; the last ones may be smaller."""
    height, width = values.shape
    rows, columns = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums = np.add.reduceat(np.add.reduceat(values.astype(np.float64), rows, 0), columns, 1)
    sizes = np.minimum(BLOCK, height - rows)[:, None] * np.minimum(BLOCK, width - columns)[None]
    return sums / sizes


def randomised(network: nn.Module) -> nn.Module:
    """A copy with the values of every weight shuffled: nothing learnt is left, sizes and spreads are."""
    twin = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in twin.parameters():
            flat = parameter.flatten()
            parameter.copy_(flat[torch.randperm(flat.numel(), generator=generator)].view_as(parameter))
    return twin
