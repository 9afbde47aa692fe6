"""Weights of `QueryUNet` that were saved when its parts had other names, as it was first trained."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

__all__ = ["with_names_of_today"]

# In order, each on what the one before left.
ATTENTION = [(r"n1", "norm"), (r"n2", "mlp_norm"), (r"qkv", "query_key_value"), (r"out", "mix")]
QUERIES = [
    *[(r"nq", "query_norm"), (r"nk", "map_norm"), (r"ns", "self_norm"), (r"nm", "mlp_norm"), (r"q", "query")],
    *[(r"kv", "key_value"), (r"o", "mix"), (r"qkv", "query_key_value"), (r"so", "self_mix")],
]
QUERY_UNET = [
    (r"^bins$", ""),  # its ab grid, which is no weight
    *[(rf"^((?:deep|mid)\.\d+)\.{old}\.", rf"\1.{new}.") for old, new in ATTENTION],
    *[(rf"^(ask\.\d+)\.{old}\.", rf"\1.{new}.") for old, new in QUERIES],
    *[(rf"^deep\.{i}\.", f"deep.{i + 1}.") for i in (2, 1, 0)],
    *[(r"^inp\.", "deep.0."), (r"^mid\.", "look16."), (r"^see\.", "scales."), (r"^ask\.", "asks.")],
    *[(r"^up4\.", "step16."), (r"^up3\.", "step8."), (r"^up2\.", "step4."), (r"^up1\.", "step2.")],
    *[(r"^pixel\.", "where."), (r"^head\.", "bins."), (r"^colour\.", "color.")],
]


def with_names_of_today(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A file's state under the names that the network's ``own`` has now; one that has them already stays as it is."""
    if "inp.weight" not in state:
        return dict(state)
    renamed = {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}
    for name, value in state.items():
        for old, new in QUERY_UNET:
            name = re.sub(old, new, name)
        if name:
            renamed[name] = value.float()
    return renamed
