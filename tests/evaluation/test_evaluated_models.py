"""Names that tell models apart, and what a card says of the training."""

import hashlib

import pytest

from pincel.errors import ModelError
from pincel.evaluation.evaluated_models import evaluated_model, evaluated_models, split_of
from pincel.runtime.model_file import load_model


def test_a_model_knows_its_file_and_its_training_pictures(tiny_model):
    path = tiny_model(hashes=[3, 2**63 + 1], recipe="data: {cache_side: 96}")
    evaluated = evaluated_model(path)
    assert evaluated.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert evaluated.hashes == {3, 2**63 + 1}
    assert evaluated.cache_side == 96


def test_a_loaded_model_may_be_given(tiny_model):
    model = load_model(tiny_model())
    assert evaluated_model(model).model is model


def test_equal_names_are_told_apart(tiny_model):
    same = [tiny_model(name="grey", file="a.onnx"), tiny_model(name="grey", file="b.onnx")]
    names = [evaluated.name for evaluated in evaluated_models(same[0], [same[1], same[1]])]
    assert names == ["grey (a)", "grey (b)", "grey (2)"]  # `grey` is the baseline's


@pytest.mark.parametrize("recipe", ["", "just words", "data: [1", "data: 7"])
def test_a_card_without_a_usable_recipe_names_no_split(tiny_model, recipe):
    evaluated = evaluated_model(tiny_model(recipe=recipe))
    assert evaluated.model.card.learnt_from().split is None
    assert split_of(evaluated) == (None, "the model names no split")
    assert evaluated.cache_side == 160


def test_a_split_that_is_not_here_is_told(tiny_model):
    split, why = split_of(evaluated_model(tiny_model(recipe="data: {split: /nowhere/mine.csv}")))
    assert split is None
    assert "/nowhere/mine.csv" in why


def test_a_missing_model_is_one_sentence():
    with pytest.raises(ModelError, match="no model 'nothing'"):
        evaluated_model("nothing")
