import numpy as np

from pincel.imaging.sheet import GAP, PAPER, contact_sheet


def test_every_picture_stands_in_its_row_and_column():
    red, blue = np.full((50, 100, 3), (255, 0, 0), np.uint8), np.full((100, 50, 3), (0, 0, 255), np.uint8)
    sheet = contact_sheet([[red, blue], [blue, red]], ["left", "right"], height=64)
    assert sheet.shape[1] == 128 * 2 + 3 * GAP
    assert tuple(sheet[0, 0]) == PAPER
    centre = 16 + 2 * GAP + 32
    assert tuple(sheet[centre, GAP + 64]) == (255, 0, 0)
    assert tuple(sheet[centre, 2 * GAP + 128 + 64]) == (0, 0, 255)
    assert tuple(sheet[centre + 64 + GAP, GAP + 64]) == (0, 0, 255)
