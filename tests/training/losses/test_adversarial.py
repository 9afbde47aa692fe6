import pytest
import torch
from torch.nn import functional as F

from pincel.training.losses.adversarial import ADVERSARIAL, discriminator_loss, generator_adversarial_loss


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits of real and of painted patches, all of the same weight."""
    torch.manual_seed(0)
    return torch.randn(2, 1, 3, 5) * 2, torch.randn(2, 1, 3, 5) * 2, torch.ones(2, 1, 3, 5)


BY_HAND = {
    "bce": (
        lambda real, fake: (
            F.binary_cross_entropy(real.sigmoid(), torch.ones_like(real)) / 2
            + F.binary_cross_entropy(fake.sigmoid(), torch.zeros_like(fake)) / 2
        ),
        lambda fake: -torch.log(fake.sigmoid()).mean(),
    ),
    "lsgan": (
        lambda real, fake: (F.mse_loss(real, torch.ones_like(real)) + F.mse_loss(fake, torch.zeros_like(fake))) / 2,
        lambda fake: F.mse_loss(fake, torch.ones_like(fake)),
    ),
    "hinge": (
        lambda real, fake: (
            (-torch.minimum(real - 1, torch.zeros(())).mean() - torch.minimum(-fake - 1, torch.zeros(())).mean()) / 2
        ),
        lambda fake: -fake.mean(),
    ),
}


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_adversarial_losses_are_their_formulas(kind, logits):
    real, fake, weight = logits
    of_discriminator, of_generator = BY_HAND[kind]
    torch.testing.assert_close(discriminator_loss(real, fake, weight, kind), of_discriminator(real, fake))
    torch.testing.assert_close(generator_adversarial_loss(fake, weight, kind), of_generator(fake))


@pytest.mark.parametrize(
    ("kind", "of_discriminator", "of_generator"),
    [
        ("bce", (0.126928 + 2.126928) / 2, 0.126928),  # log(1 + e^-2), log(1 + e^2)
        ("lsgan", (1 + 4) / 2, 1),
        ("hinge", (0 + 3) / 2, -2),
    ],
)
def test_adversarial_losses_of_the_logit_two(kind, of_discriminator, of_generator):
    two, weight = torch.full((1, 1, 2, 2), 2.0), torch.ones(1, 1, 2, 2)
    assert discriminator_loss(two, two, weight, kind).item() == pytest.approx(of_discriminator, abs=1e-5)
    assert generator_adversarial_loss(two, weight, kind).item() == pytest.approx(of_generator, abs=1e-5)


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_each_side_wants_the_opposite_of_the_other(kind, logits):
    _, fake, weight = logits
    fake.requires_grad_()
    (for_d,) = torch.autograd.grad(discriminator_loss(torch.zeros_like(fake), fake, weight, kind), fake)
    (for_g,) = torch.autograd.grad(generator_adversarial_loss(fake, weight, kind), fake)
    undecided = (fake > 0.1) & (fake < 0.9)  # where no kind is satisfied yet
    assert undecided.any()
    assert (for_d[undecided] > 0).all()
    assert (for_g[undecided] < 0).all()


@pytest.mark.parametrize("kind", ["bce", "lsgan"])
def test_smoothing_lowers_what_real_patches_should_reach_and_leaves_painted_ones(kind):
    weight = torch.ones(1, 1, 1, 1)
    real = torch.zeros(1, 1, 1, 1, requires_grad=True)
    fake = torch.zeros(1, 1, 1, 1, requires_grad=True)
    discriminator_loss(real, fake, weight, kind, smoothing=0.1).backward()
    # half of d/dx BCE = (sigmoid(x) - wanted) / 2; half of d/dx (x - wanted)^2 = x - wanted
    assert real.grad.item() == pytest.approx((0.5 - 0.9) / 2 if kind == "bce" else -0.9)
    assert fake.grad.item() == pytest.approx(0.25 if kind == "bce" else 0.0)


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_a_verdict_without_weight_changes_no_adversarial_loss(kind, logits):
    real, fake, weight = logits
    weight = weight.clone()
    weight[..., 3:] = 0
    spoilt_real, spoilt_fake = real.clone(), fake.clone()
    spoilt_real[..., 3:], spoilt_fake[..., 3:] = -50, 50
    torch.testing.assert_close(
        discriminator_loss(spoilt_real, spoilt_fake, weight, kind), discriminator_loss(real, fake, weight, kind)
    )
    torch.testing.assert_close(
        generator_adversarial_loss(spoilt_fake, weight, kind), generator_adversarial_loss(fake, weight, kind)
    )


def test_bce_survives_logits_far_out():
    far, weight = torch.full((1, 1, 1, 1), 200.0), torch.ones(1, 1, 1, 1)
    assert discriminator_loss(-far, far, weight, "bce").item() == pytest.approx(200)
