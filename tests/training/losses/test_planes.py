import numpy as np
import torch
from skimage.color import lab2rgb

from pincel.tasks import TASKS
from pincel.training.losses.planes import output_to_rgb


def test_lab_becomes_srgb_as_in_scikit_image():
    torch.manual_seed(0)
    lab = torch.stack([torch.rand(6, 7) * 60 + 20, torch.rand(6, 7) * 30 - 15, torch.rand(6, 7) * 30 - 15])
    rgb = output_to_rgb(TASKS["colorize"], lab[None, :1] / 50 - 1, lab[None, 1:] / 110)[0].permute(1, 2, 0)
    np.testing.assert_allclose(rgb, lab2rgb(lab.permute(1, 2, 0).numpy()), atol=2e-3)


def test_the_picture_of_an_output_is_what_its_task_decodes():
    torch.manual_seed(0)
    for name, task in TASKS.items():
        source = torch.rand(1, task.source_channels, 5, 4) - 0.5
        output = (torch.rand(1, task.target_channels, 5, 4) - 0.5) * 0.2
        rgb = output_to_rgb(task, source, output)[0].permute(1, 2, 0)
        np.testing.assert_allclose(rgb, task.decode(source[0].numpy(), output[0].numpy()), atol=2e-3, err_msg=name)


def test_a_colour_outside_srgb_still_has_a_gradient():
    ab = torch.full((1, 2, 4, 4), 0.9, requires_grad=True)  # far outside at this lightness
    output_to_rgb(TASKS["colorize"], torch.zeros(1, 1, 4, 4), ab).square().sum().backward()
    assert ab.grad is not None
    assert (ab.grad.abs() > 0).all()
    assert ab.grad.isfinite().all()
