import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from pincel.models.stages import STAGE_LISTS, Stage, check_fit, parse_stages, size_multiple, stages_text


@pytest.mark.parametrize(
    "written", ["64k4s2 128k8s4", ["64k4s2", "128k8s4"], "64k4s2, 128k8s4", ("64k4s2 128k8s4",), " 64k4s2\n128k8s4 "]
)
def test_a_list_is_read_however_it_is_put(written):
    assert parse_stages(written) == (Stage(64, 4, 2), Stage(128, 8, 4))


STAGES = st.builds(
    lambda filters, stride, half: Stage(filters, stride + 2 * half, stride),
    st.integers(1, 2048),
    st.integers(2, 8),
    st.integers(0, 4),
)


@given(st.lists(STAGES, min_size=1, max_size=9))
def test_what_is_printed_is_read_back(stages):
    assert parse_stages(stages_text(stages)) == tuple(stages)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("64k2s4", "'64k2s4': a kernel of 2 is smaller than its stride of 4 .*; use a kernel of 4, 6 or 8"),
        ("64k4s3", "'64k4s3': kernel - stride must be even, .*; use a kernel of 3 or 5"),
        ("64k3s2", "use a kernel of 2 or 4"),
        ("0k4s2", "'0k4s2': filters, kernel and stride are at least 1"),
        ("64k4s0", "at least 1"),
        ("64k4s2 64", "'64' is no stage; .* like '64k4s2', .* pix2pix_256"),
        ("-64k4s2", "is no stage"),
        ("99999k4s2", "is no stage"),
        ("pix2pix", "'pix2pix' is no stage; .*reduced_64"),
        ("", "empty"),
        ([], "empty"),
        (7, "written like '64k4s2 128k4s2', not 7"),
        ([64, 4, 2], "not \\[64, 4, 2\\]"),
        ("64k4s2 64k3s1", "innermost stage '64k3s1' keeps the size; give it a stride of 2 or more"),
    ],
)
def test_what_is_no_list_of_stages_is_refused_and_says_what_would_do(written, said):
    with pytest.raises(ValueError, match=said):
        parse_stages(written)


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (8, 4), (2, 2), (3, 1), (7, 3), (6, 2)])
def test_padding_makes_sizes_whole_both_ways(kernel, stride):
    stage = Stage(1, kernel, stride)
    small = nn.Conv2d(1, 1, kernel, stride, stage.padding)(torch.zeros(1, 1, 6 * stride, 5 * stride))
    assert small.shape[2:] == (6, 5)
    large = nn.ConvTranspose2d(1, 1, kernel, stride, stage.padding)(small)
    assert large.shape[2:] == (6 * stride, 5 * stride)


def test_the_papers_lists_and_the_scaled_ones_reach_one_pixel():
    for name, written in STAGE_LISTS.items():
        assert size_multiple(parse_stages(name)) == int(name.rsplit("_", 1)[1])
        assert stages_text(parse_stages(name)) == written
    assert STAGE_LISTS["reduced_256"] == "64k4s2 128k8s4 256k8s4 512k4s2 512k4s2 512k4s2"
    assert {name: len(parse_stages(name)) for name in STAGE_LISTS} == {
        "pix2pix_256": 8,
        "pix2pix_128": 7,
        "pix2pix_64": 6,
        "reduced_256": 6,
        "reduced_128": 5,
        "reduced_64": 4,
    }


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        (
            "reduced_256",
            128,
            "strides multiply to 256, so sizes that fit are 256, 512 .*; of 128 px the first 5 stages",
        ),
        ("pix2pix_64", 100, "sizes that fit are 64, 128, 192 .*; of 100 px the first 2 stages fit"),
        ("64k4s2 64k4s2", 33, "sizes that fit are 32, 36, 40 and other multiples$"),
    ],
)
def test_a_size_that_does_not_fit_is_told_the_sizes_that_do(name, size, said):
    with pytest.raises(ValueError, match=said):
        check_fit(parse_stages(name), size)


@pytest.mark.parametrize(("name", "size"), [("pix2pix_256", 256), ("pix2pix_256", 512), ("reduced_64", 192)])
def test_a_size_that_fits_is_taken(name, size):
    check_fit(parse_stages(name), size)
