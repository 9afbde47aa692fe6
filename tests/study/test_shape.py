import pytest

from pincel.errors import RecipeError
from pincel.models.stages import parse_stages, stages_text
from pincel.study.shape import reshape

ORIGINAL = parse_stages("pix2pix_256")


@pytest.mark.parametrize(
    ("base", "changes", "stages"),
    [
        ("pix2pix_256", {"depth": 6, "kernel": "4-8-8-4", "stride": "2-4-4-2"}, "reduced_256"),  # the paper's step
        ("reduced_256", {"depth": 8, "kernel": 4, "stride": 2}, "pix2pix_256"),  # and back
        ("pix2pix_64", {"depth": 3, "width": 16}, "16k4s2 32k4s2 64k4s2"),
        ("8k4s2 12k4s2", {"depth": 4, "width": 4}, "4k4s2 6k4s2 6k4s2 6k4s2"),
        ("64k4s2 128k8s4", {}, "64k4s2 128k8s4"),
    ],
)
def test_a_family_of_networks(base, changes, stages):
    assert reshape(parse_stages(base), **changes) == parse_stages(stages)


def test_filters_never_vanish():
    assert stages_text(reshape(parse_stages("64k4s2 8k4s2"), width=2)) == "2k4s2 1k4s2"


@pytest.mark.parametrize("changes", [{"kernel": "4-x"}, {"stride": "0"}, {"kernel": 2.5}, {"depth": 0}, {"width": "8"}])
def test_what_is_no_number_and_no_pattern_is_refused(changes):
    with pytest.raises(RecipeError, match=next(iter(changes))):
        reshape(ORIGINAL, **changes)


def test_a_kernel_smaller_than_its_stride_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match="use a kernel of 4, 6 or 8"):
        reshape(ORIGINAL, kernel=2, stride=4)
