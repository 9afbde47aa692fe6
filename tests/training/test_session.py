from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from pincel.data.pairs import Pair
from pincel.data.passes import Passes
from pincel.training.plan import make_plan
from pincel.training.progress import Progress
from pincel.training.session import Session


class Pairs(TensorDataset):
    """(source, target, label, mask) of ten pictures that are their own number."""

    def __init__(self) -> None:
        super().__init__(*(torch.arange(10) for _ in range(4)))

    def __getitem__(self, place):
        index, _ = place
        return Pair(*super().__getitem__(index))


@pytest.fixture
def session(tiny_recipe, fabric):
    """Ten pictures in batches of 4, three steps, then batches of 2."""
    recipe = tiny_recipe(phases=[{"epochs": 1.2}, {"epochs": 1, "batch": 2}])
    data = SimpleNamespace(
        train=range(10),
        passes=Passes.even(10),
        batches=lambda size, sampler, fabric: iter(DataLoader(Pairs(), batch_sampler=sampler)),
    )
    plan = make_plan(recipe, 10)
    return Session(recipe, None, fabric, data, None, plan, Progress.none(), None, lambda: None)


def test_pictures_and_epochs_are_counted_through_all_phases(session):
    first, second = session.plan
    assert (session.seen(first), session.epoch(first)) == (0, 0.0)
    session.progress.step = 3
    assert (session.seen(first), session.epoch(first)) == (12, 1.2)
    session.progress.step = 5
    assert (session.seen(second), session.epoch(second)) == (16, 1.6)


def test_batches_go_on_where_the_training_is(session):
    whole = [pair.label.tolist() for pair in session.batches(session.plan[0])]
    assert [len(labels) for labels in whole] == [4, 4, 4]
    seen = [label for labels in whole for label in labels]
    assert sorted(seen[:10]) == list(range(10))
    session.progress.step = 2
    assert [pair.label.tolist() for pair in session.batches(session.plan[0])] == whole[2:]


def test_one_device_alone_says_what_it_raised(session):
    assert session.any_device(True, False) == [True, False]


def test_a_session_cannot_be_changed(session):
    with pytest.raises(AttributeError):
        session.recipe = None
