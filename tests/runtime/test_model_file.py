import numpy as np
import onnx
import pytest

from pincel.errors import ModelError
from pincel.runtime.model_file import embedded_models, load_model, require_task


def test_a_model_file_tells_its_card_and_paints_any_size(make_model):
    model = load_model(make_model("tiny", a=0.25, working_size=99))
    assert (model.card.name, model.card.working_size) == ("tiny", 99)
    for height, width in ((1, 1), (17, 45), (64, 32)):
        painted = model.run(np.zeros((2, 1, height, width), np.float32))
        assert painted.shape == (2, 2, height, width)
        assert (painted[:, 0] == 0.25).all()


def test_a_loaded_model_is_given_back_as_it_is(make_model):
    model = load_model(make_model())
    assert load_model(model) is model


def test_the_default_model_is_embedded_and_within_its_budget():
    sizes = {name: path.stat().st_size for name, path in embedded_models().items()}
    assert sizes["default"] <= 18 * 2**20
    assert sum(sizes.values()) <= 42 * 2**20
    card = load_model("default").card
    assert card.task == "colorize"
    assert card.data_licence
    assert card.recipe
    assert card.macs_128 < 1e9
    assert load_model("default").bins(np.zeros((1, 1, 40, 60), np.float32)).shape == (1, len(card.bins), 10, 15)
    hashes = len(load_model("default").training_hashes)
    assert 0.99 * card.training_pictures <= hashes <= card.training_pictures  # near-copies can share one


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match="no model 'nope'; embedded: .*default"):
        load_model("nope")


def test_a_name_that_is_nearly_known_and_one_that_no_file_can_have_are_told():
    with pytest.raises(ModelError, match=r"no model 'defualt' \(did you mean 'default'\?\); embedded: "):
        load_model("defualt")
    with pytest.raises(ModelError, match="no model 'xxx"):
        load_model("x" * 300)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="not a model that onnxruntime can load"):
        load_model(tmp_path / "x.onnx")


def test_a_truncated_model_is_refused(make_model):
    path = make_model()
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelError):
        load_model(path)


def test_a_foreign_model_is_refused(make_model):
    path = make_model()
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(ModelError, match="is not one of Pincel's models: it has no model card inside"):
        load_model(path)


def test_a_broken_card_is_refused(make_model):
    path = make_model()
    model = onnx.load(path)
    model.metadata_props[0].value = '{"name": 1'
    onnx.save(model, path)
    with pytest.raises(ModelError, match="card inside"):
        load_model(path)


def test_a_file_without_the_outputs_that_its_card_promises_is_refused(make_model, make_labelled_model):
    with pytest.raises(ModelError, match="has no output 'label_logits', though its card says so"):
        load_model(make_labelled_model("guesser", mute=True))
    with pytest.raises(ModelError, match="has no output 'bins'"):
        load_model(make_model("binned", bins=[(0.0, 0.0)]))


def test_a_file_without_bins_says_so(make_model):
    with pytest.raises(ModelError, match="model 'tiny' does not tell how likely other colours are"):
        load_model(make_model()).bins(np.zeros((1, 1, 8, 8), np.float32))


def test_a_model_of_another_task_is_refused_and_fitting_ones_are_named(make_model):
    model = load_model(make_model("flowers", task="sketch"))
    with pytest.raises(ModelError, match="for the task sketch, not colorize; models that fit: .*default"):
        require_task(model, "colorize")
    assert require_task(model, "colorize", "sketch") is model
