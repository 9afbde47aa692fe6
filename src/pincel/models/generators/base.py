"""`Generator`: what every generator promises, and everything else may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from pincel.errors import RecipeError
from pincel.models.stages import Stage

__all__ = ["Generator"]


class Generator(nn.Module):
    """A network that turns a source into an output of the same size.

    ``forward(source, label=None)``: (N, in_channels, H, W) in -1..1 and int64 (N,) labels -> (N, out_channels, H, W) in
    -1..1. H and W are any size; a label of ``classes``, or none at all, means unknown. A generator with `side_outputs`
    also takes ``also``, some of their names, and then gives ``{"painted": output, name: ...}``.

    A part called ``encoder`` may start from weights of its own and learns at a rate of its own. Parts called ``labels``
    and ``classifier`` are what only a network that is told classes has: `label_parts`.

    The constructor is ``(in_channels, out_channels, classes, **options)``, all with defaults; the options are stored
    with the weights, so that a file loads without flags. It raises ``ValueError`` for one that cannot be.

    Attributes:
        in_channels, out_channels: planes of the source and of the output.
        classes: labels it can be told; 0: none.
        size_multiple: of the sides it sees without padding, pixels.
        largest_size: px a side that it should paint at most; None: as any model.
        default_encoder_weights: what a recipe's ``generator.encoder_weights: null`` means.
        way_down: the part whose layers lead from the source to the coarsest features.
        bottleneck: the layer where explanations look first; None: the last one of the coarsest size.
        unprunable: why no channels can be left out of it; empty: they can, and it has `pruned` and `given_parts`.
    """

    size_multiple: int
    largest_size: ClassVar[int | None] = None
    default_encoder_weights: ClassVar[str] = "none"
    label_parts: ClassVar[tuple[str, ...]] = ("labels.", "classifier.")
    way_down: ClassVar[str] = "encoder"
    bottleneck: ClassVar[str | None] = None
    unprunable: str = "nothing says how it is built with fewer"

    def __init__(self, in_channels: int, out_channels: int, classes: int) -> None:
        super().__init__()
        self.in_channels, self.out_channels, self.classes = in_channels, out_channels, classes

    @classmethod
    def check_training_size(cls, size: int, batch: int, options: Mapping[str, Any]) -> None:
        """Whether it can be trained on squares, before it is built.

        Args:
            size: side of the squares in pixels.
            batch: how many at a time.
            options: of its constructor.

        Raises:
            ValueError: it cannot, or its options are not well written; says what would do.
        """
        if batch == 1 and size <= cls.size_multiple:
            raise ValueError(
                f"the generator is shown one picture of {size} px at a time, which leaves nothing to normalise over; "
                f"use a batch of 2 or a size above {cls.size_multiple}"
            )

    @classmethod
    def stages_of(cls, options: Mapping[str, Any]) -> tuple[Stage, ...]:
        """The list of stages, outermost first, as which its option ``stages`` writes it; empty: it is none.

        Raises:
            ValueError: the stages are not well written.
        """
        return ()

    @property
    def side_outputs(self) -> Mapping[str, nn.Module]:
        """What it tells besides its output: its name in a model file -> the layer that nothing else teaches.

        ``label_logits``: (N, classes), what `classify` gives. ``bins``: (N, K, h, w) logits over `bin_colors`.
        """
        return {}

    @property
    def painted_by(self) -> Mapping[str, str]:
        """Those of `side_outputs` on which finished paintings depend, so that something must teach them.

        Each with the option of the constructor that asks for it.
        """
        return {}

    @property
    def bin_colors(self) -> list[list[float]]:
        """The colours that the side output ``bins`` is about: K pairs of a and b in Lab units."""
        return []

    def classify(self, source: Tensor) -> Tensor:
        """(N, in_channels, H, W) in -1..1 -> (N, classes) logits of what the picture shows.

        Raises:
            ValueError: it has no side output ``label_logits``.
        """
        raise ValueError(f"this {type(self).__name__} was made without classes, so it cannot tell them")

    @property
    def pretrainable(self) -> nn.Module | None:
        """Its part ``encoder``; None: it has none."""
        return self._modules.get("encoder")

    def imagenet_weights(self) -> dict[str, Tensor]:
        """ImageNet's weights, as `fill_encoder` takes them.

        Raises:
            PincelError: there are none for this network, or they cannot be had.
        """
        key, name = "generator.encoder_weights", type(self).__name__
        raise RecipeError(f"recipe key '{key}': there are no ImageNet weights for {name}; use none or a file")

    def fill_encoder(self, state: Mapping[str, Tensor]) -> None:
        """Let the encoder start from a file's tensors, or from `imagenet_weights`.

        Args:
            state: an encoder's, or a whole generator's, of which the encoder is taken.

        Raises:
            RuntimeError: they do not fit, as of ``load_state_dict``.
        """
        assert self.pretrainable is not None
        part = {name.removeprefix("encoder."): value for name, value in state.items() if name.startswith("encoder.")}
        self.pretrainable.load_state_dict(part or state)

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """What learns: ``rest``, and ``encoder`` (perhaps nothing), which has a learning rate of its own."""
        inside = list(self.pretrainable.parameters()) if self.pretrainable is not None else []
        known = {id(parameter) for parameter in inside}
        rest = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return {name: [p for p in group if p.requires_grad] for name, group in (("rest", rest), ("encoder", inside))}

    @property
    def given_parts(self) -> list[nn.Module]:
        """Parts that pruning leaves whole, since others say what they give: ImageNet, the task, the classes."""
        return []

    def pruned(self, kept: Mapping[str, int]) -> dict[str, Any]:
        """Options of the constructor, besides those it was made with, of the same network with fewer channels.

        Args:
            kept: channels that each convolution gives, by the name of its layer.

        Raises:
            ValueError: it cannot be pruned; see ``unprunable``.
        """
        raise ValueError(f"{type(self).__name__} cannot be pruned: {self.unprunable}")

    def with_names_of_today(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """A state under the names that its weights have now; they may have had others when a file was written."""
        return dict(state)
