import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.explain.explain import explain
from pincel.explain.explained import Explained
from pincel.explain.options import ExplainOptions
from pincel.explain.report.write import write_explanation
from pincel.models.discriminators.patchgan import PatchGAN
from pincel.tasks import TASKS


@pytest.fixture
def photos(tmp_path, smooth_photo):
    """Two photos of 40 x 32 px."""
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        Image.fromarray(smooth_photo(number, 32, 40)).save(path)
    return paths


def test_every_method_is_in_the_report_with_one_scale_for_all_pictures(read_page, toy, photos, tmp_path):
    model = toy(critic=PatchGAN(3, width=4, depth=1, norm="none").eval().requires_grad_(False))
    found = explain(photos, model, ExplainOptions(label="boat", size=40))
    content = write_explanation(found, tmp_path / "report", command="pincel explain")
    words = read_page(tmp_path / "report").words
    for title in ("Saliency", "SmoothGrad", "Integrated gradients", "Grad-CAM", "Occlusion", "Told another label"):
        assert title in words
    assert "Receptive field" in words
    assert "The discriminator" in words
    assert json.loads((tmp_path / "report" / "explain.json").read_text()) == content
    first = content["pictures"][0]
    assert first["label"] == "boat"
    assert {one["method"] for one in first["maps"]} == {"saliency", "smoothgrad", "integrated", "gradcam", "occlusion"}
    values = np.concatenate([m.values.ravel() for p in found.pictures for m in p.maps if m.method == "occlusion"])
    assert content["scales"]["occlusion"] == pytest.approx(float(np.quantile(values, 0.995)))
    assert first["discriminator"]["receptive_field"] == model.discriminator.receptive_field
    assert len(list((tmp_path / "report" / "figures").glob("2-1-*.png"))) > 10


def test_checks_stand_beside_their_map_and_in_the_table_of_all_maps(read_page, toy, photos, tmp_path):
    found = explain(photos[:1], toy(), ExplainOptions(methods=["gradcam"], layers=["first"], verify=True))
    content = write_explanation(found, tmp_path / "report", command="pincel explain")
    (summary,) = content["maps"]
    (one,) = content["pictures"][0]["maps"]
    assert summary["checked"] == 1
    assert summary["failed"] == {kind: int(kind in one["checks"]["failures"]) for kind in summary["failed"]}
    assert len(one["checks"]["deletion"]) == len(one["checks"]["random_insertion"]) == 9
    page = read_page(tmp_path / "report")
    assert page.text.count("Deletion and insertion, Grad-CAM at first") == 1
    assert all(sentence in page.words for sentence in one["checks"]["failures"].values())
    assert (tmp_path / "report" / "figures" / "1-0-checks-1-gradcam.png").is_file()


def test_everything_is_as_it_was_afterwards(toy, photos, tmp_path):
    model = toy(critic=PatchGAN(3, width=4, depth=1, norm="batch").eval().requires_grad_(False))
    networks = (model.network, model.discriminator)
    before = [{name: value.clone() for name, value in network.state_dict().items()} for network in networks]
    random_state, steps = torch.get_rng_state(), []
    explain(photos, model, ExplainOptions(size=40, verify=True), on_progress=lambda *now: steps.append(now))
    for network, kept in zip(networks, before, strict=True):
        assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
        assert not any(m._forward_hooks or m._backward_hooks or m._forward_pre_hooks for m in network.modules())
        assert not any(m.training for m in network.modules())
        assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert steps == [(n + 1, 30) for n in range(30)]  # of 2 pictures: 7 maps made and checked, and the rest


def test_a_file_is_explained_without_gradients(make_labelled_model, photos, tmp_path):
    found = explain(photos, make_labelled_model(), ExplainOptions(label="night", verify=True))
    assert found.methods == ["occlusion", "labels"]
    (one,) = found.pictures[0].maps
    assert not one.values.any()  # it paints by its label alone
    assert found.pictures[0].value == pytest.approx(44)
    text = json.dumps(write_explanation(found, tmp_path / "report", command="pincel explain"))
    assert "has no gradients" in text


def test_pictures_of_the_side_are_told_their_own_labels(toy, class_folders, tmp_path):
    keys = [f"photos/{name}/{name}{i}.jpg" for name in ("apple", "boat", "cloud") for i in range(8)]
    split = tmp_path / "split.csv"
    split.write_text(Split(dict.fromkeys(keys, "val"), {key: n for n, key in enumerate(keys)}).to_csv())
    found = explain([], toy(), ExplainOptions(methods=["labels"], sample=3, split=str(split)), data=[class_folders])
    assert [picture.label for picture in found.pictures] == ["apple", "boat", "cloud"]
    explanation = explain(
        [], toy(), ExplainOptions(methods=["labels"], sample=3, label="boat", split=str(split)), data=[class_folders]
    )
    assert {picture.label for picture in explanation.pictures} == {"boat"}


def test_a_painter_of_pictures_is_judged_beside_the_real_one(photos):
    critic = PatchGAN(6, width=4, depth=1, norm="none").eval().requires_grad_(False)
    pairs = Explained("pairs", TASKS["paired"], [], False, 32, 32, 8, torch.nn.Conv2d(3, 3, 1), discriminator=critic)
    alone = explain(photos[:1], pairs, ExplainOptions(methods=["saliency", "discriminator"], verify=True))
    assert alone.pictures[0].verdicts.real is None
    assert [one.title for one in alone.pictures[0].maps] == ["Saliency for mean luminance (Rec. 601)"]
    beside = explain(photos[:1], pairs, ExplainOptions(methods=["discriminator"]), real=photos[1:])
    assert beside.pictures[0].verdicts.real.shape == beside.pictures[0].verdicts.painted.shape
    with pytest.raises(PincelError, match="--real is given 1 times for 2 pictures"):
        explain(photos, pairs, real=photos[:1])


def test_pictures_of_all_shapes_share_the_layers_of_grad_cam(toy, photos, tmp_path, smooth_photo):
    Image.fromarray(smooth_photo(3, 16, 40)).save(tmp_path / "low.png")
    found = explain([*photos, tmp_path / "low.png"], toy(), ExplainOptions(methods=["gradcam"]))
    assert len({tuple(one.title for one in picture.maps) for picture in found.pictures}) == 1


def test_drawings_are_not_sampled_from_photos(toy, class_folders):
    sketcher = replace(toy(classes=[]), task=TASKS["sketch"])
    with pytest.raises(PincelError, match="draw some with 'pincel sketch'"):
        explain([], sketcher, ExplainOptions(methods=["saliency"], sample=2), data=[class_folders])


def test_a_region_is_where_the_number_is_taken_and_the_subject(toy, photos):
    found = explain(photos[:1], toy(), ExplainOptions(methods=["saliency"], region="16,8,8,8", size=40)).pictures[0]
    assert found.how == "the given region"
    assert found.subject.sum() == 64
    for_a = next(one for one in found.maps if one.title == "Saliency for a")
    assert for_a.share.mass == pytest.approx(1)  # the toy reads that region alone


def test_a_picture_that_cannot_be_read_does_not_end_the_others(toy, photos, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    found = explain([tmp_path / "bad.png", photos[0]], toy(), ExplainOptions(methods=["labels"]))
    assert len(found.pictures) == 1
    assert "bad.png" in found.failed[0]


def test_labels_are_not_asked_of_a_model_that_takes_none(toy, photos):
    with pytest.raises(PincelError, match="'labels' has nothing to change"):
        explain(photos, toy(classes=[]), ExplainOptions(methods=["labels"]))
