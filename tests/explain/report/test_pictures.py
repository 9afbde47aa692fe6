import numpy as np

from pincel.explain.report.pictures import BOX, OUTLINE, box_on, enlarge, heat, outline, overlay


def test_a_colour_scale_goes_from_black_to_light_yellow_and_ends_at_its_top():
    colors = heat(np.array([[0.0, 0.5, 1.0, 7.0]]), 1.0)
    assert colors[0, 0].max() <= 4
    assert colors[0, 2].min() > 150
    np.testing.assert_array_equal(colors[0, 2], colors[0, 3])
    lightness = colors.astype(int).sum(-1)[0]
    assert lightness[0] < lightness[1] < lightness[2]


def test_an_empty_map_is_black_everywhere():
    assert heat(np.zeros((3, 4)), 0.0).max() <= 4


def test_where_a_map_is_nothing_the_picture_shows_through_grey_and_where_it_is_much_it_covers():
    rgb = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    values = np.zeros((20, 20))
    values[:, 10:] = 1.0
    laid = overlay(rgb, values, 1.0).astype(int)
    assert laid[:, :10, 0].std() > 2 * laid[:, 10:, 0].std()
    assert np.abs(laid[:, :10] - laid[:, :10, :1]).max() <= 4


def test_small_pictures_are_enlarged_a_whole_number_of_times_and_large_ones_stay():
    for side, times in ((32, 8), (100, 3), (256, 1), (600, 1)):
        large, scale = enlarge(np.zeros((side, side + 8, 3), np.uint8))
        assert (scale, large.shape[:2]) == (times, (times * side, times * (side + 8)))


def test_lines_are_drawn_where_the_mask_and_the_box_end_and_the_picture_itself_is_not_touched():
    rgb, mask = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), bool)
    mask[16:48, 16:48] = True
    drawn = (outline(rgb, mask) == OUTLINE).all(-1)
    assert not drawn[128, 128]
    assert drawn[128].sum() and drawn[:, 128].sum()
    boxed = (box_on(rgb, (16, 16, 32, 32)) == BOX).all(-1)
    assert boxed[64, 64] and boxed[191, 191] and not boxed[128, 128]
    assert not rgb.any()
