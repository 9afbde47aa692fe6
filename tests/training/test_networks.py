"""A model file's layers paint what the file paints."""

import numpy as np
import pytest
import torch

from pincel.errors import ModelError
from pincel.runtime.model_file import embedded_models, load_model
from pincel.training.networks import network_of


@pytest.mark.parametrize("name", sorted(embedded_models()))
def test_the_layers_of_a_file_paint_what_it_paints(name):
    model = load_model(name)
    network = network_of(model)
    assert not network.training
    shape = (2, network.in_channels, 40, 56)
    source = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    for label in [None, 2] if model.card.classes else [None]:
        labels = None if label is None else torch.full((2,), label)
        with torch.no_grad():
            painted = network(torch.from_numpy(source), labels).numpy()
        np.testing.assert_allclose(painted, model.run(source, label), atol=1e-4)


def test_a_file_that_does_not_name_its_network_or_is_another_one_is_refused(make_labelled_model):
    with pytest.raises(ModelError, match="the card of labelled does not say which network it is"):
        network_of(load_model(make_labelled_model()))
    other = make_labelled_model("other", generator={"name": "lite_unet"}, size_multiple=32)
    with pytest.raises(ModelError, match="other does not fit its card: .*encoder"):
        network_of(load_model(other))
