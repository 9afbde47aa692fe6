"""`QueryUNet`: attention and colour queries on an EfficientNet-Lite encoder; 8.7 M parameters with its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.imaging.color import ab_grid
from pincel.metrics.lite import LITE_CHANNELS
from pincel.models.attention import PlaceAttention, QueryAttention
from pincel.models.blocks import conv_norm_act, crop_to, join_skip
from pincel.models.encoders import LiteEncoded, lite_encoder
from pincel.models.generators.query_unet_before import with_names_of_today
from pincel.models.labels import LabelEmbedding

__all__ = ["QueryUNet"]

HEADS = (8, 6)  # of attention at strides 32 and 16
FINE = 0.2  # what the last step at stride 2 may change of the colours found at stride 4


class QueryUNet(LiteEncoded):
    """A U-Net whose colours come from queries that look at the whole picture (after Kang et al. 2023, "DDColor").

    EfficientNet-Lite encoder; attention over all places at strides 32 and 16; a decoder to stride 2; colour queries
    that look at strides 32, 16 and 8, each then a plane that says where its colour lies. Every output depends on the
    whole picture. For colour (two output planes) a side head tells, at stride 4, how likely each bin of an ab grid is.

    Args:
        in_channels: planes of the source: 1 (lightness) is shown to the three RGB inputs of the encoder, 3 as they are.
        out_channels: planes of the output; 2 are a and b.
        classes: labels it can be told, and can tell by itself; 0: none.
        widths: of the decoder at strides 32, 16, 8, 4 and 2; the first two are multiples of 8 and 6.
        depths: blocks of attention at strides 32 and 16.
        queries: how many colour queries.
        query_width: of each.
        bin_step: side of the cells of the ab grid, Lab units.
        certainty: above 0, finished paintings are paler where the bins disagree: chroma is multiplied by this power of
            `_certainty`. Not in training, where colours and likelihoods are learnt as they are.
        encoder: a key of `pincel.metrics.lite.LITE_CHANNELS`.
    """

    bottleneck = "deep"  # where explanations look first: everything has been seen, nothing painted
    largest_size = 1280  # px a side; painting such a square takes 0.8 GiB, and it learnt from 224 px
    unprunable = "what its attention and its queries compare has one width, which torch-pruning cannot cut"

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 2,
        classes: int = 0,
        widths: Sequence[int] = (256, 192, 128, 96, 24),
        depths: Sequence[int] = (3, 2),
        queries: int = 32,
        query_width: int = 128,
        bin_step: float = 10.0,
        certainty: float = 0.0,
        encoder: str = "lite2",
    ) -> None:
        super().__init__(in_channels, out_channels, classes)
        counts = [*widths, *depths, queries, query_width]
        if not all(isinstance(count, int) and count > 0 for count in counts) or len(widths) != 5 or len(depths) != 2:
            raise ValueError(
                f"widths are five whole numbers above 0, depths two, not {list(widths)} and {list(depths)}"
            )
        if widths[0] % HEADS[0] or widths[1] % HEADS[1] or query_width % 4:
            raise ValueError(
                f"the first of widths is a multiple of {HEADS[0]}, the second of {HEADS[1]}, and query_width is one of "
                f"4, not {list(widths)} and {query_width}"
            )
        if not 1 <= bin_step <= 50 or certainty < 0:
            raise ValueError(f"bin_step is 1 to 50 and certainty not below 0, not {bin_step} and {certainty}")
        if certainty and out_channels != 2:
            raise ValueError("certainty is for colour, two output planes; use 0")
        if encoder not in LITE_CHANNELS:
            raise ValueError(f"encoder is one of {', '.join(LITE_CHANNELS)}, not '{encoder}'")
        self.encoder_network = encoder
        self.encoder = lite_encoder(encoder)
        skip2, skip4, skip8, skip16, deepest = LITE_CHANNELS[encoder]
        at32, at16, at8, at4, at2 = widths
        self.deep = nn.Sequential(
            nn.Conv2d(deepest, at32, 1), *(PlaceAttention(at32, HEADS[0]) for _ in range(depths[0]))
        )
        self.step16 = conv_norm_act(at32 + skip16, at16)
        self.look16 = nn.Sequential(*(PlaceAttention(at16, HEADS[1]) for _ in range(depths[1])))
        self.step8 = nn.Sequential(conv_norm_act(at16 + skip8, at8), conv_norm_act(at8, at8))
        self.step4 = nn.Sequential(conv_norm_act(at8 + skip4, at4), conv_norm_act(at4, at4))
        self.queries = nn.Parameter(0.5 * torch.randn(queries, query_width))
        self.scales = nn.ModuleList(nn.Conv2d(width, query_width, 1) for width in (at32, at16, at8))
        self.asks = nn.ModuleList(QueryAttention(query_width) for _ in range(3))
        self.answer = nn.Linear(query_width, query_width)
        self.where = nn.Conv2d(at4, query_width, 1)
        self.bins = nn.Conv2d(at4 + queries, len(ab_grid(bin_step)), 1) if out_channels == 2 else None
        self.step2 = conv_norm_act(at4 + skip2 + out_channels, at2)
        self.fine = nn.Conv2d(at2, out_channels, 3, padding=1)
        self.color = nn.Conv2d(queries + at4, out_channels, 1)
        for head in (self.fine, self.color):
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]
        self.bin_step, self.certainty = bin_step, certainty
        colors = torch.tensor(ab_grid(bin_step)).T  # (2, K)
        filters = torch.cat([colors, colors.norm(dim=0, keepdim=True)])[..., None, None]  # a, b, chroma
        self.register_buffer("colours", filters, persistent=False)
        self.labels = nn.ModuleList(LabelEmbedding(classes, width) for width in widths[:4]) if classes else None
        self.classifier = nn.Linear(deepest, classes) if classes else None

    def forward(
        self, source: Tensor, label: Tensor | None = None, also: Sequence[str] = ()
    ) -> Tensor | dict[str, Tensor]:
        """(N, in_channels, H, W) in -1..1 -> (N, out_channels, H, W) in -1..1. H and W are any size.

        Args:
            source: what is shown.
            label: int64 (N,); ``classes``, or none at all, means unknown. Not used when ``classes`` is 0.
            also: of ``side_outputs``: ``label_logits`` (N, classes), what `classify` gives; ``bins`` (N, K, H/4, W/4),
                logits over the K colours of `bin_colors`, H/4 and W/4 rounded up. Then the result is a dictionary with
                the output as ``painted``.
        """
        height, width = source.shape[-2:]
        features = self.features(source)
        answers = self._answers(features, label)
        careful = self.certainty > 0 and not self.training
        bins = self.bins(answers) if self.bins is not None and (careful or "bins" in also) else None
        color = self._paint(features, answers)  # (N, out_channels, H/2, W/2), padded
        if careful and bins is not None:
            color = color * _double(self._certainty(bins) ** self.certainty)
        painted = crop_to(_double(color), height, width)
        if not also:
            return painted
        found = {"painted": painted}
        if "label_logits" in also:
            found["label_logits"] = self.logits(features[-1].mean((-2, -1)))
        if "bins" in also and bins is not None:
            found["bins"] = crop_to(bins, (height + 3) // 4, (width + 3) // 4)
        return found

    @property
    def side_outputs(self) -> Mapping[str, nn.Module]:
        """See `Generator.side_outputs`."""
        return {**super().side_outputs, **({"bins": self.bins} if self.bins is not None else {})}

    @property
    def painted_by(self) -> Mapping[str, str]:
        """See `Generator.painted_by`."""
        return {"bins": "certainty"} if self.certainty else {}

    @property
    def bin_colors(self) -> list[list[float]]:
        """The colours that ``bins`` are likelihoods of: pairs of a and b in Lab units."""
        return ab_grid(self.bin_step).tolist() if self.bins is not None else []

    def with_names_of_today(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """See `Generator.with_names_of_today`."""
        return with_names_of_today(self.state_dict(), state)

    def _answers(self, features: Sequence[Tensor], label: Tensor | None) -> Tensor:
        """What the queries found and what the decoder knows: (N, queries + widths[3], H/4, W/4)."""
        _, skip4, skip8, skip16, deepest = features
        at32 = self._labelled(self.deep(deepest), label, 0)
        at16 = self._labelled(self.look16(self.step16(join_skip(_double(at32), skip16))), label, 1)
        at8 = self._labelled(self.step8(join_skip(_double(at16), skip8)), label, 2)
        at4 = self._labelled(self.step4(join_skip(_double(at8), skip4)), label, 3)
        queries = self.queries.to(at4.dtype).repeat(at4.shape[0], 1, 1)  # (N, Q, C); len() would fix N in a trace
        for see, ask, seen in zip(self.scales, self.asks, (at32, at16, at8), strict=True):
            queries = ask(queries, see(seen))
        planes = torch.einsum("nqc,nchw->nqhw", self.answer(queries), self.where(at4)) * queries.shape[2] ** -0.5
        return torch.cat([planes.to(at4.dtype), at4], dim=1)

    def _paint(self, features: Sequence[Tensor], answers: Tensor) -> Tensor:
        color = _double(torch.tanh(self.color(answers)))  # (N, out_channels, H/2, W/2)
        at4 = answers[:, len(self.queries) :]
        x = self.step2(torch.cat([_double(at4), features[0], color.to(at4.dtype)], dim=1))
        return (color + FINE * torch.tanh(self.fine(x))).clamp(-1, 1)

    def _certainty(self, bins: Tensor) -> Tensor:
        """(N, K, h, w) logits -> (N, 1, h, w) in 0..1: length of the mean colour over mean length, 1 is one hue alone.

        The mean resultant length of directional statistics (Mardia & Jupp 2000), each colour weighing as its chroma.
        """
        likely = torch.exp(bins - bins.amax(1, keepdim=True))  # the sum over bins would cancel out below
        sums = F.conv2d(likely, self.get_buffer("colours"))  # a, b, chroma
        length = sums[:, :2].square().sum(1, keepdim=True).clamp(min=1e-12).sqrt()  # a root has no gradient at 0
        return length / sums[:, 2:].clamp(min=1e-3)

    def _labelled(self, x: Tensor, label: Tensor | None, depth: int) -> Tensor:
        return x if self.labels is None else self.labels[depth](x, label)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
