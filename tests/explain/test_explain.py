import json
import re

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PincelError
from pincel.explain import explain, write_explanation
from pincel.models.discriminators import PatchGAN


@pytest.fixture
def photos(tmp_path, smooth_photo):
    """Two photos of 40 x 32 px."""
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        Image.fromarray(smooth_photo(number, 32, 40)).save(path)
    return paths


def test_every_method_is_in_the_report_with_one_scale_for_all_pictures(toy, photos, tmp_path):
    model = toy(critic=PatchGAN(3, width=4, depth=1, norm="none").eval().requires_grad_(False))
    found = explain(photos, model, label="boat", size=40, verify=True)
    content = write_explanation(found, tmp_path / "report", command="pincel explain")
    text = (tmp_path / "report" / "index.html").read_text()
    for title in ("Saliency", "SmoothGrad", "Integrated gradients", "Grad-CAM", "Occlusion", "Told another label"):
        assert title in text
    assert "Receptive field" in text
    assert "The discriminator" in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert json.loads((tmp_path / "report" / "explain.json").read_text()) == content
    first = content["pictures"][0]
    assert first["label"] == "boat"
    assert {one["method"] for one in first["maps"]} == {"saliency", "smoothgrad", "integrated", "gradcam", "occlusion"}
    values = np.concatenate([m.values.ravel() for p in found.pictures for m in p.maps if m.method == "occlusion"])
    assert content["scales"]["occlusion"] == pytest.approx(float(np.quantile(values, 0.995)))
    assert first["discriminator"]["receptive_field"] == model.discriminator.receptive_field
    assert len(list((tmp_path / "report" / "figures").glob("2-1-*.png"))) > 10


def test_a_region_is_where_the_number_is_taken_and_the_subject(toy, photos):
    found = explain(photos[:1], toy(), methods=["saliency"], region="16,8,8,8", size=40).pictures[0]
    assert found.how == "the given region"
    assert found.subject.sum() == 64
    for_a = next(one for one in found.maps if one.title == "Saliency for a")
    assert for_a.share.mass == pytest.approx(1)  # the toy reads that region alone


def test_a_picture_that_cannot_be_read_does_not_end_the_others(toy, photos, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    found = explain([tmp_path / "bad.png", photos[0]], toy(), methods=["labels"])
    assert len(found.pictures) == 1
    assert "bad.png" in found.failed[0]


def test_labels_are_not_asked_of_a_model_that_takes_none(toy, photos):
    with pytest.raises(PincelError, match="'labels' has nothing to change"):
        explain(photos, toy(classes=[]), methods=["labels"])
