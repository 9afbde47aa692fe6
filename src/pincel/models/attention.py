"""Attention over the places of a picture, and of colour queries over them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["PlaceAttention", "QueryAttention", "pool_places"]

MOST_PLACES = 40  # keys and values a side; attention costs memory with the square of the places


class PlaceAttention(nn.Module):
    """All places of a feature map look at all (Vaswani et al. 2017); a depthwise convolution tells where each is.

    Above 40 places a side, what is looked at is averaged over neighbours (`pool_places`).

    Args:
        channels: of the map, a multiple of ``heads``.
        heads: parts of the channels that look for themselves.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.place = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm, self.mlp_norm = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.mix = nn.Linear(channels, channels)
        self.mlp = _mlp(channels)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        x = (x + self.place(x)).permute(0, 2, 3, 1)  # (N, H, W, C)
        _, height, width, channels = x.shape
        query, key_value = self.query_key_value(self.norm(x)).split([channels, 2 * channels], dim=-1)
        key, value = pool_places(key_value).flatten(1, 2).chunk(2, dim=-1)  # (N, H' * W', C)
        seen = _attend(query.flatten(1, 2), key, value, self.heads)  # (N, H * W, C)
        x = x + self.mix(seen).unflatten(1, (height, width))
        x = x + self.mlp(self.mlp_norm(x))
        return x.permute(0, 3, 1, 2)


class QueryAttention(nn.Module):
    """Queries look at one scale of the picture, then at each other (Kang et al. 2023, DDColor, section 3.3).

    Args:
        channels: of queries and map, a multiple of ``heads``.
        heads: parts of the channels that look for themselves.
    """

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.query_norm, self.map_norm, self.self_norm, self.mlp_norm = (nn.LayerNorm(channels) for _ in range(4))
        self.query, self.key_value = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.mix = nn.Linear(channels, channels)
        self.query_key_value, self.self_mix = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.mlp = _mlp(channels)
        self.heads = heads

    def forward(self, queries: Tensor, x: Tensor) -> Tensor:
        """(N, Q, C) queries and a map (N, C, H, W) -> (N, Q, C)."""
        places = self.map_norm(x.flatten(2).transpose(1, 2))  # (N, H * W, C)
        key, value = self.key_value(places).chunk(2, dim=-1)
        queries = queries + self.mix(_attend(self.query(self.query_norm(queries)), key, value, self.heads))
        query, key, value = self.query_key_value(self.self_norm(queries)).chunk(3, dim=-1)
        queries = queries + self.self_mix(_attend(query, key, value, self.heads))
        return queries + self.mlp(self.mlp_norm(queries))


def pool_places(x: Tensor, most: int = MOST_PLACES) -> Tensor:
    """Mean over neighbours until no side has more than ``most`` places; small maps come back as they are.

    Written with matrices, which are the identity for small maps: kernels of a pooling layer cannot depend on the
    picture's size in an exported file.

    Args:
        x: (N, H, W, C).
        most: places a side.

    Returns:
        (N, H', W', C), H' and W' at most ``most``; the last row and column may be means of fewer neighbours.
    """
    rows, columns = _neighbours(x, x.shape[1], most), _neighbours(x, x.shape[2], most)  # (H', H), (W', W)
    x = torch.matmul(columns, x)  # (N, H, W', C)
    return torch.matmul(rows, x.flatten(2)).unflatten(2, (columns.shape[0], x.shape[3]))


def _neighbours(like: Tensor, places: int, most: int) -> Tensor:
    """(P, places): row p takes the mean of the neighbours that become place p."""
    together = (places + most - 1) // most
    group = torch.arange(places, device=like.device) // together
    count = (places + together - 1) // together
    member = (torch.arange(count, device=like.device)[:, None] == group[None]).to(like.dtype)
    return member / member.sum(1, keepdim=True)


def _attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """(N, Q, C), (N, K, C), (N, K, C) -> (N, Q, C)."""
    query, key, value = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)


def _mlp(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))
