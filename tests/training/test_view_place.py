from types import SimpleNamespace

import pytest
import torch

from pincel.data.pairs import PositionSampler
from pincel.training import view_place
from pincel.training.dataset import TrainingData, load_training_data
from pincel.training.view_place import free_bytes, place_views

pytestmark = pytest.mark.usefixtures("cache_folder")
CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)
PLENTY = 10**12


class Held:
    """Stands for photos in a GPU's memory."""

    def __init__(self, cache, device) -> None:
        self.cache, self.device = cache, device


@pytest.fixture
def data(class_folders, tiny_recipe) -> TrainingData:
    return load_training_data(tiny_recipe(), [class_folders])


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(view_place, "PhotosOnDevice", Held)


@pytest.mark.parametrize(("asked", "device"), [("auto", CPU), ("loader", CPU), ("loader", CUDA)])
def test_the_loader_makes_views_unless_there_is_a_gpu_or_the_device_is_asked_for(data, asked, device):
    placed, line = place_views(data, asked, device, PLENTY)
    assert placed is data
    assert line == ""


def test_a_gpu_with_room_holds_the_photos_and_that_is_said(data, gpu):
    for asked in ("auto", "device"):
        placed, line = place_views(data, asked, CUDA, PLENTY)
        assert (placed.photos.cache, placed.photos.device, placed.shown) == (data.cache, CUDA, None)
        assert line == "views are made on the GPU, which holds 0.0 GB of decoded pictures"


@pytest.mark.parametrize("asked", ["auto", "device"])
def test_a_gpu_without_room_leaves_it_to_the_loader_and_that_is_said(data, gpu, asked):
    needed = data.cache.pixels.nbytes
    assert place_views(data, asked, CUDA, 2 * needed)[0].photos is not None
    placed, line = place_views(data, asked, CUDA, 2 * needed - 1)
    assert placed is data
    assert line == (
        "views are made by worker processes (data.workers) and not on the GPU: the decoded pictures are 0.0 GB, and "
        "may take half of the 0.0 GB that are free there; a smaller data.cache_side may fit"
    )


@pytest.mark.parametrize("device", [CPU, CUDA])
def test_sketches_are_drawn_one_by_one_and_that_is_said(class_folders, tiny_recipe, gpu, device):
    data = load_training_data(tiny_recipe(task="sketch"), [class_folders])
    placed, line = place_views(data, "device", device, PLENTY)
    assert placed is data
    assert line.endswith(": what the task sketch is shown is made picture by picture")
    assert "\n" not in line


def test_a_processor_makes_them_where_that_is_asked(data, fabric):
    placed, line = place_views(data, "device", CPU, 0)
    assert line == "views are made on the processor"
    sampler = PositionSampler(placed.passes, 4, 3)
    mine, theirs = (list(made.batches(32, sampler, fabric)) for made in (placed, data))
    assert [batch.label.tolist() for batch in mine] == [batch.label.tolist() for batch in theirs]
    assert not torch.equal(mine[0].target, theirs[0].target)  # of other random numbers


def test_free_memory_is_asked_of_every_gpu_and_the_least_counts(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (700, 1000))
    monkeypatch.setattr(torch, "tensor", lambda value, device: torch.as_tensor(value))
    devices = SimpleNamespace(device=CUDA, all_gather=lambda free: torch.stack([free, torch.as_tensor(500)]))
    assert free_bytes(devices) == 500
    assert free_bytes(SimpleNamespace(device=CPU)) == 0
