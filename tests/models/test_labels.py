import torch

from pincel.models.labels import LabelEmbedding, LabelPlanes, unknown_labels


def test_planes_are_one_hot_and_all_zero_when_unknown():
    picture = torch.rand(3, 2, 4, 5)
    with_planes = LabelPlanes(2)(picture, torch.tensor([1, 2, 0]))
    assert torch.equal(with_planes[:, :2], picture)
    assert with_planes[:, 2:, 1, 3].tolist() == [[0, 1], [0, 0], [1, 0]]
    assert torch.equal(LabelPlanes(2)(picture, None)[:, 2:], torch.zeros(3, 2, 4, 5))


def test_without_classes_the_picture_stays_as_it_is():
    picture = torch.rand(2, 3, 4, 4)
    assert LabelPlanes(0)(picture, torch.tensor([0, 1])) is picture


def test_planes_add_nothing_to_the_weights():
    assert LabelPlanes(4).state_dict() == {}


def test_an_embedding_adds_its_classs_vector_everywhere_and_starts_at_zero():
    embedding, x = LabelEmbedding(2, 3), torch.rand(2, 3, 4, 4)
    assert torch.equal(embedding(x, torch.tensor([0, 1])), x)
    with torch.no_grad():
        embedding.vectors.weight.copy_(torch.arange(9.0).reshape(3, 3))
    torch.testing.assert_close(
        embedding(x, torch.tensor([1, 0]))[:, :, 2, 1] - x[:, :, 2, 1], torch.tensor([[3.0, 4, 5], [0, 1, 2]])
    )
    torch.testing.assert_close(embedding(x, None)[0, :, 0, 0] - x[0, :, 0, 0], torch.tensor([6.0, 7, 8]))


def test_unknown_is_one_past_the_last_class():
    assert unknown_labels(torch.zeros(3, 1, 2, 2), 8).tolist() == [8, 8, 8]
