import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path, smooth_photo):
    Image.fromarray(smooth_photo(1, 40, 48)).save(tmp_path / "photo.png")
    return "photo.png"


def test_a_model_file_is_painted_with_each_label(read_page, pincel_main, make_labelled_model, photo, tmp_path):
    model = make_labelled_model()
    result = pincel_main("explain", photo, "--model", model, "-o", "report", "--label", "night")
    assert result.returncode == 0, result.stderr
    content = json.loads((tmp_path / "report" / "explain.json").read_text())
    labels = content["pictures"][0]["labels"]
    assert content["methods"] == ["occlusion", "labels"]
    assert content["maps"][0]["title"] == "Occlusion for mean chroma"
    assert list(labels) == ["night", "sunrise", "grass", "unknown"]
    assert labels["night"]["ciede2000"] == 0
    assert labels["sunrise"]["shift"] == pytest.approx([55, 22 + 44], abs=0.01)
    assert "Told another label" in read_page(tmp_path / "report").words
    shown = np.asarray(Image.open(tmp_path / "report" / "figures" / "1-photo-label-sunrise.png"))
    assert shown[..., 0].mean() > shown[..., 2].mean()


def test_mistakes_get_one_sentence(pincel_main, make_labelled_model, make_model, photo):
    labelled, plain = make_labelled_model(), make_model()
    for arguments, message in (
        ((photo, "-m", labelled, "--methods", "saliency"), "'saliency' needs gradients"),
        ((photo, "-m", labelled, "--methods", "magic"), "unknown method 'magic'; known: classes, discriminator"),
        ((photo, "-m", plain, "--methods", "classes"), "takes no label"),
        ((photo, "-m", plain, "--methods", "gradcam"), "choose --methods occlusion\n"),
        ((photo, "-m", plain, "--scalar", "red"), "unknown scalar 'red' for tiny; known: a, b, chroma, grey"),
        ((photo, "-m", plain, "--real", "a.png", "--real", "b.png"), "--real is given 2 times for 1 pictures"),
        (("-m", plain, "--sample", "2"), "give --data with its folder"),
        ((photo, "-m", labelled, "--region", "40,30,20,20"), "does not lie inside photo.png, which has 48 x 40"),
        ((photo, "-m", labelled, "--region", "1,2,3"), "x,y,width,height"),
        ((photo, "-m", labelled, "--label", "noon"), "does not know the label 'noon'"),
        (("none.png", "-m", labelled), "none.png"),
        ((photo, "-m", labelled, "--list-layers"), "needs gradients"),
    ):
        result = pincel_main("explain", *arguments, "-o", "report")
        assert result.returncode == 2, arguments
        assert message in result.stderr
        assert "Traceback" not in result.stderr
