import numpy as np

from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.runtime.demo import draw_examples, grey_version, paint_examples


def test_every_example_is_coloured_and_laid_out(make_model, tmp_path):
    sheet = paint_examples(tmp_path / "out", make_model())
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"astronaut-grey.jpg", "astronaut-coloured.jpg", "cat-coloured.jpg", "contact-sheet.png"} <= names
    assert len(names) == 9
    assert read(sheet).pixels.std() > 10
    assert np.ptp(read(tmp_path / "out" / "cat-coloured.jpg").pixels.astype(int), axis=2).mean() > 5


def test_every_drawing_becomes_a_picture_of_its_size(make_translator, tmp_path):
    sheet = draw_examples(tmp_path / "out", make_translator("sketch", working_size=64))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{flower}-drawn.png" for flower in ("daisy", "rose", "sunflower", "tulip")} | {"drawings.png"}
    painted = read(tmp_path / "out" / "rose-drawn.png")
    assert painted.pixels.shape == (256, 256, 3)
    assert (painted.pixels[..., 1:] == 0).all()  # the toy model paints red only
    assert read(sheet).pixels.std() > 10


def test_the_grey_version_has_the_lightness_of_the_colours():
    import skimage

    rgb = skimage.data.chelsea()[:50, :60]
    grey = grey_version(Picture(rgb)).pixels
    assert grey.shape == (50, 60)
    expected = skimage.color.rgb2lab(rgb)[..., 0]
    assert np.abs(skimage.color.rgb2lab(np.dstack([grey] * 3))[..., 0] - expected).max() < 0.5
