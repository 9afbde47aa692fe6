from pincel.models.discriminators.base import patch_geometry


def test_a_single_convolution_sees_its_kernel():
    geometry = patch_geometry([(5, 3, 2)])
    assert (geometry.receptive_field, geometry.stride, geometry.padding) == (5, 3, 2)
