import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pincel.models.attention import PlaceAttention, QueryAttention, pool_places


@torch.no_grad()
def test_small_maps_are_not_pooled_at_all():
    x = torch.randn(2, 40, 33, 5)
    assert torch.equal(pool_places(x), x)


@torch.no_grad()
@pytest.mark.parametrize(("height", "width", "pooled"), [(41, 40, (21, 40)), (80, 81, (40, 27)), (256, 192, (37, 39))])
def test_large_maps_become_means_of_neighbours(height, width, pooled):
    x = torch.randn(1, height, width, 3)
    rows, columns = -(-height // 40), -(-width // 40)
    wanted = F.avg_pool2d(
        x.permute(0, 3, 1, 2), (rows, columns), (rows, columns), ceil_mode=True, count_include_pad=False
    )
    found = pool_places(x)
    assert tuple(found.shape[1:3]) == pooled
    torch.testing.assert_close(found, wanted.permute(0, 2, 3, 1), rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_every_place_looks_at_every_place():
    torch.manual_seed(0)
    attention = PlaceAttention(16, heads=4).eval()
    nn.init.zeros_(attention.place.weight)  # it alone knows neighbours
    x = torch.randn(1, 16, 5, 7)
    changed = x.clone()
    changed[..., 4, 6] += 5 * torch.randn(16)
    difference = (attention(changed) - attention(x)).abs().sum(1)[0]
    assert (difference > 0).all()


@torch.no_grad()
def test_attention_is_that_of_torch():
    torch.manual_seed(0)
    ours, reference = PlaceAttention(16, heads=4).eval(), nn.MultiheadAttention(16, 4, batch_first=True).eval()
    reference.in_proj_weight.copy_(ours.query_key_value.weight)
    reference.in_proj_bias.copy_(ours.query_key_value.bias)
    reference.out_proj.weight.copy_(ours.mix.weight)
    reference.out_proj.bias.copy_(ours.mix.bias)
    x = torch.randn(2, 16, 3, 4)
    placed = (x + ours.place(x)).flatten(2).transpose(1, 2)
    normed = ours.norm(placed)
    placed = placed + reference(normed, normed, normed, need_weights=False)[0]
    wanted = placed + ours.mlp(ours.mlp_norm(placed))
    torch.testing.assert_close(ours(x), wanted.transpose(1, 2).reshape(x.shape), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_queries_see_the_map_and_each_other():
    torch.manual_seed(0)
    ask = QueryAttention(8, heads=2).eval()
    queries, x = torch.randn(1, 3, 8), torch.randn(1, 8, 4, 5)
    answers = ask(queries, x)
    assert answers.shape == queries.shape
    assert not torch.allclose(ask(queries, x.flip(1)), answers)
    other = queries.clone()
    other[:, 2] += torch.randn(8)
    assert not torch.allclose(ask(other, x)[:, 0], answers[:, 0])
