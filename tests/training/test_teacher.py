"""Who may teach whom."""

import numpy as np
import pytest
import torch

from pincel.errors import RecipeError
from pincel.training.recipe import Recipe
from pincel.training.teacher import load_teacher, teacher_path

CPU = torch.device("cpu")


def student(teacher, **changes) -> Recipe:
    return Recipe.model_validate({"data": {"size": 32}, "distillation": {"teacher": str(teacher)}, **changes})


def test_without_distillation_there_is_no_teacher():
    assert load_teacher(Recipe(), [], CPU) is None


def test_a_model_file_teaches_what_it_paints(make_model):
    path = make_model(a=0.2, b=-0.1)
    teacher = load_teacher(student(path), ["apple"], CPU)
    painted = teacher(torch.zeros(3, 1, 8, 8), torch.zeros(3, dtype=torch.int64))
    np.testing.assert_allclose(painted.numpy()[:, :, 0, 0], [[0.2, -0.1]] * 3, rtol=1e-6)
    assert len(teacher.digest) == 64


def test_a_teacher_with_labels_is_told_its_own_number_of_the_same_class(make_labelled_model):
    teacher = load_teacher(student(make_labelled_model()), ["boat", "grass", "night"], CPU)
    painted = teacher(torch.zeros(4, 1, 8, 8), torch.arange(4))  # boat, grass, night, unknown
    expected = [[0, 0], [-0.4, 0.3], [0, -0.4], [0, 0]]
    np.testing.assert_allclose(painted.numpy()[:, :, 0, 0], expected, atol=1e-6)


def test_a_teacher_of_another_task_is_refused(make_model):
    path = make_model(task="sketch")
    with pytest.raises(RecipeError, match="is for the task sketch, and the student for the task colorize"):
        load_teacher(student(path), [], CPU)


def test_the_layers_of_a_model_file_cannot_be_learnt(make_model):
    recipe = student("x", distillation={"teacher": str(make_model()), "features": 1.0})
    with pytest.raises(RecipeError, match="distillation.features': the layers of the model file .* use 0, or the run"):
        load_teacher(recipe, [], CPU)


def test_a_teacher_of_larger_pictures_is_refused(make_model):
    with pytest.raises(RecipeError, match="sees 64 px at least, and the student learns at 32 px; use data.size=64"):
        load_teacher(student(make_model(size_multiple=64)), [], CPU)


def test_a_teacher_of_other_sketches_is_refused(make_model):
    recipe = student("x", task="sketch", losses={"l1": 1}, sketch={"method": "xdog"})
    path = make_model(task="sketch", sketch={"method": "canny"})
    recipe = recipe.model_copy(update={"distillation": recipe.distillation.model_copy(update={"teacher": str(path)})})
    with pytest.raises(RecipeError, match="knows sketches drawn otherwise"):
        load_teacher(recipe, [], CPU)


def test_a_teacher_that_is_not_there_is_named():
    with pytest.raises(
        RecipeError, match="the teacher nobody does not exist; it is the folder of a run, or an .onnx file"
    ):
        teacher_path("nobody")
    assert teacher_path("default") == "default"


def test_weights_that_are_both_zero_are_refused():
    with pytest.raises(ValueError, match="output and features are both 0"):
        student("x", distillation={"teacher": "x", "output": 0})
    assert student("x", distillation={"teacher": "x", "output": 0, "target": "teacher"}).distillation
