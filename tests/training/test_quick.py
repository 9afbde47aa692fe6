import pytest
import torch
from torch import nn

from pincel.metrics.tensor_color import exact_products
from pincel.training import quick
from pincel.training.learner import Learner
from pincel.training.plan import make_plan

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def settings():
    """Torch's own are put back."""
    precision, tries = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    yield lambda: (torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark)
    torch.set_float32_matmul_precision(precision)
    torch.backends.cudnn.benchmark = tries


def test_a_gpu_multiplies_by_its_matrix_units_and_that_is_said(settings):
    assert "TensorFloat32" in quick.quicken(GPU)
    assert settings() == ("high", True)


def test_a_processor_computes_as_before(settings):
    before = settings()
    assert quick.quicken(CPU) == ""
    assert settings() == before


def test_colours_are_measured_by_exact_products(settings):
    quick.quicken(GPU)
    with exact_products():
        assert settings() == ("highest", True)
    assert settings() == ("high", True)


@pytest.mark.parametrize(
    ("wanted", "device", "compiled"),
    [(False, GPU, False), (True, CPU, True), (True, GPU, True), ("auto", CPU, False), ("auto", GPU, True)],
)
def test_networks_are_compiled_where_the_recipe_says_so(wanted, device, compiled):
    network = nn.Linear(2, 2)
    found = quick.maybe_compiled(network, wanted, device)
    assert (found is not network) == compiled
    assert getattr(found, "_orig_mod", found) is network


@pytest.fixture
def traced(monkeypatch):
    """Networks are compiled without a compiler: what is traced is computed as ever."""
    compile_ = torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda network, **options: compile_(network, **options | {"backend": "aot_eager"})
    )


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(
    "changes",
    [
        {"discriminator": {"norm": "spectral"}},
        {"generator": {"ema": 0}, "discriminator": {"norm": "batch"}, "balance": "gradient"},
    ],
)
def test_a_compiled_learner_learns_the_same_and_keeps_the_names_of_its_weights(
    staged_recipe, fabric, random_pair, changes
):
    phases = [{"epochs": 1, "adversarial": 0.1, "critic_first": 0.02}]
    states, parts = [], []
    for wanted in (False, True):
        recipe = staged_recipe(compile=wanted, phases=phases, **changes)
        learner, phase = Learner(recipe, fabric), make_plan(recipe, 400)[0]
        learner.train(phase)
        parts.append([learner.step(random_pair(), phase, step) for step in range(4)][-1])
        states.append({name: part.state_dict() for name, part in learner.state().items()})
        painted = learner.painter().eval()(random_pair().source)  # is not compiled anew for another mode
        assert painted.shape == (4, 2, 32, 32)
    plain, compiled = states
    assert {name: state.keys() for name, state in plain.items()} == {n: state.keys() for n, state in compiled.items()}
    assert parts[0].keys() == parts[1].keys()
    for name, value in parts[0].items():
        torch.testing.assert_close(parts[1][name], value, rtol=1e-3, atol=1e-4)
    for name, value in plain["generator"].items():
        torch.testing.assert_close(compiled["generator"][name], value, rtol=1e-2, atol=1e-3)
