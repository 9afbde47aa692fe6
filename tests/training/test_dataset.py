import numpy as np
import pytest
from PIL import Image

from pincel.data.pairs import PositionSampler
from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.metrics.color import colourfulness
from pincel.training.dataset import load_training_data
from pincel.training.view_place import place_views

pytestmark = pytest.mark.usefixtures("cache_folder")


def test_pictures_are_dealt_to_training_and_validation_by_class(class_folders, tiny_recipe):
    data = load_training_data(tiny_recipe(), [class_folders])
    assert data.classes == ["apple", "boat", "cloud"]
    assert not set(data.train) & set(data.val)
    for name in data.classes:
        assert sum(data.cache.files[i].label == name for i in data.train) >= 6
        assert sum(data.cache.files[i].label == name for i in data.val) == 1


def test_training_pairs_are_augmented_and_validation_pairs_are_not(class_folders, tiny_recipe):
    recipe = tiny_recipe(data={"grey_share": 0.2}, seed=5)
    data = load_training_data(recipe, [class_folders])
    train, val = data.pairs("train", 32), data.pairs("val", 48)
    assert (len(train), train.size, train.seed, train.grey_share) == (len(data.train), 32, 5, 0.2)
    assert train.augmentation == recipe.data.augment
    assert (len(val), val.size, val.augmentation) == (3, 48, None)
    assert [int(train[i].label) for i in range(len(train))] == [
        data.classes.index(data.cache.files[i].label) for i in data.train
    ]


def test_validation_takes_pictures_from_all_over_the_set(class_folders, tiny_recipe):
    keys = [f"photos/{name}/{name}{i}.jpg" for name in ("apple", "boat", "cloud") for i in range(8)]
    split = Split(dict.fromkeys(keys, "val") | {keys[0]: "train"}, dict.fromkeys(keys, 0))
    data = load_training_data(tiny_recipe(), [class_folders], split=split)
    chosen = data.pairs("val", 32, 3).indices
    assert list(chosen) == [1, 12, 23]
    everyone = data.pairs("val", 32, 500).indices
    assert list(everyone) == data.val


def test_grey_photos_are_left_out_unless_the_recipe_wants_them(class_folders, tiny_recipe):
    for i in range(3):
        Image.open(class_folders / "apple" / f"apple{i}.jpg").convert("L").save(class_folders / "apple" / f"g{i}.png")
    without = load_training_data(tiny_recipe(), [class_folders])
    assert without.split.keys("excluded") == [f"photos/apple/g{i}.png" for i in range(3)]
    used = {without.cache.files[i].key for i in without.train + without.val}
    assert not any("/g" in key for key in used)
    whole = load_training_data(tiny_recipe(data={"exclude_grey": False}), [class_folders])
    assert whole.split.keys("excluded") == []


def test_near_duplicate_photos_stay_on_one_side(class_folders, tiny_recipe):
    for i in range(8):
        photo = Image.open(class_folders / "boat" / f"boat{i}.jpg")
        photo.save(class_folders / "boat" / f"copy{i}.jpg", quality=60)
        photo.resize((photo.width - 6, photo.height - 5)).save(class_folders / "boat" / f"small{i}.png")
    split = load_training_data(tiny_recipe(), [class_folders]).split
    for i in range(8):
        names = [f"photos/boat/{name}" for name in (f"boat{i}.jpg", f"copy{i}.jpg", f"small{i}.png")]
        assert len({split.sides[name] for name in names}) == 1
        assert len({split.groups[name] for name in names}) == 1


def test_the_recipes_split_file_is_used(class_folders, tiny_recipe, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("picture,group,side\nphotos/apple/apple0.jpg,0,train\nphotos/boat/boat1.jpg,1,val\n")
    data = load_training_data(tiny_recipe(data={"split": str(path)}), [class_folders])
    assert [data.cache.files[i].key for i in data.train] == ["photos/apple/apple0.jpg"]
    assert [data.cache.files[i].key for i in data.val] == ["photos/boat/boat1.jpg"]
    assert data.classes == ["apple", "boat"]


def test_a_last_training_learns_from_the_validation_side_too(class_folders, tiny_recipe):
    def keys(data, side):
        return {data.cache.files[i].key for i in getattr(data, side)}

    before = load_training_data(tiny_recipe(), [class_folders])
    last = load_training_data(tiny_recipe(data={"validation_kept": 0.3}), [class_folders])
    assert (len(before.val), len(last.val)) == (3, 1)
    assert keys(last, "val") < keys(before, "val")
    assert keys(last, "train") == keys(before, "train") | keys(before, "val") - keys(last, "val")
    assert last.split.keys("test") == before.split.keys("test")
    resumed = load_training_data(tiny_recipe(data={"validation_kept": 0.3}), [class_folders], split=last.split)
    assert resumed.val == last.val


def test_a_split_of_other_pictures_is_replaced_by_one_that_is_made_and_that_is_said(class_folders, tiny_recipe):
    recipe = tiny_recipe(data={"split": "photos"})
    data = load_training_data(recipe, [class_folders])
    assert data.note == "split: made from the seed, since photos knows none of these pictures"
    assert data.split == load_training_data(tiny_recipe(), [class_folders]).split
    assert data.recipe == tiny_recipe()


def test_a_split_that_fits_is_named_with_what_it_knows(class_folders, tiny_recipe, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("picture,group,side\nphotos/apple/apple0.jpg,0,train\nphotos/boat/boat1.jpg,1,val\n")
    recipe = tiny_recipe(data={"split": str(path)})
    data = load_training_data(recipe, [class_folders])
    assert data.note == f"split: {path}, which knows 2 of these 24 pictures; the other 22 are left out"
    assert data.recipe == recipe
    path.write_text("picture,group,side\nphotos/apple/apple0.jpg,0,train\nphotos/boat/boat1.jpg,1,test\n")
    with pytest.raises(PincelError, match=r"none of these 24 pictures on its val side; .* data.split=null"):
        load_training_data(recipe, [class_folders])


@pytest.mark.parametrize(("grey", "hint"), [(False, r"at least two .*\(found 1\)"), (True, r"\(3 of 3 are grey\)")])
def test_too_few_usable_pictures_are_counted_in_the_error(tmp_path, tiny_recipe, smooth_photo, grey, hint):
    root = tmp_path / "few"
    root.mkdir()
    for i in range(3 if grey else 1):
        rgb = smooth_photo(i)
        Image.fromarray(np.repeat(rgb[..., :1], 3, axis=2) if grey else rgb).save(root / f"{i}.png")
    with pytest.raises(PincelError, match=hint):
        load_training_data(tiny_recipe(), [root])


def test_a_folder_of_unreadable_pictures_says_why(tmp_path, tiny_recipe):
    root = tmp_path / "bad"
    root.mkdir()
    for i in range(2):
        (root / f"{i}.jpg").write_bytes(b"nothing")
    with pytest.raises(PincelError, match=r"none of the 2 pictures can be read; .*0.jpg"):
        load_training_data(tiny_recipe(), [root])


@pytest.fixture
def pair_folder(class_folders, tmp_path):
    """Pairs whose A is the photo upside down; one A is damaged."""
    for path in sorted(class_folders.rglob("*.jpg")):
        for side, turned in (("source", True), ("target", False)):
            copy = tmp_path / "pairs" / side / path.relative_to(class_folders).with_suffix(".png")
            copy.parent.mkdir(parents=True, exist_ok=True)
            photo = Image.open(path)
            (photo.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if turned else photo).save(copy)
    (tmp_path / "pairs/source/apple/apple3.png").write_bytes(b"damaged")
    return tmp_path / "pairs"


def paired(tiny_recipe, **changes):
    return tiny_recipe(task="paired", generator={"name": "lite_unet"}, **changes)


def test_pairs_show_a_and_ask_for_b(pair_folder, tiny_recipe):
    recipe = paired(tiny_recipe, data={"fit": "square"})
    data = load_training_data(recipe, [pair_folder])
    assert data.classes == ["apple", "boat", "cloud"]
    for pair in (data.pairs("val", 36)[i] for i in range(3)):
        assert (pair.source.flip(1) - pair.target).abs().mean() < 0.02
    used = {data.cache.files[i].key for i in data.train + data.val}
    assert "pairs/boat/boat3.png" in used
    assert "pairs/apple/apple3.png" not in used  # its A cannot be read


def test_a_colorizer_can_learn_from_the_b_side_of_pairs(pair_folder, tiny_recipe):
    data = load_training_data(tiny_recipe(), [pair_folder])
    assert data.sources is None
    assert len(data.cache) == 24


def test_sketches_are_drawn_from_photos_in_the_recipe_s_style(class_folders, tiny_recipe):
    recipe = tiny_recipe(task="sketch", sketch={"method": "xdog"})
    dataset = load_training_data(recipe, [class_folders]).pairs("val", 64)
    from pincel.imaging.edges import SketchStyle, draw_sketch
    from pincel.imaging.resize import letterbox

    square, box = letterbox(dataset.cache[dataset.indices[0]], 64)
    drawn = draw_sketch(square, SketchStyle(method="xdog"))
    inside = box.mask(64)
    np.testing.assert_allclose((dataset[0].source[0].numpy()[inside] + 1) * 127.5, drawn[inside], atol=0.01)


def test_sketches_that_are_there_already_are_taken_from_their_pairs(pair_folder, tiny_recipe):
    recipe = tiny_recipe(task="sketch", sketch={"method": "hed"}, data={"fit": "square"})
    data = load_training_data(recipe, [pair_folder])
    assert data.sources is not None
    assert data.pairs("val", 36)[0].source.shape == (1, 36, 36)


def test_hed_sketches_must_be_made_beforehand(class_folders, tiny_recipe):
    with pytest.raises(PincelError, match="'pincel data pairs PHOTOS --transform hed"):
        load_training_data(tiny_recipe(task="sketch", sketch={"method": "hed"}), [class_folders])


def test_photos_without_partners_are_no_pairs(class_folders, tiny_recipe):
    with pytest.raises(PincelError, match="learns from pairs, and .*apple0.jpg has no partner"):
        load_training_data(paired(tiny_recipe), [class_folders])


def test_grey_pictures_are_left_out_for_colorize_only_unless_told(class_folders, tiny_recipe):
    for path in (class_folders / "apple").glob("*.jpg"):
        Image.open(path).convert("L").save(path)
    for recipe, left_out in ((tiny_recipe(), 8), (tiny_recipe(task="sketch"), 0)):
        assert len(load_training_data(recipe, [class_folders]).split.keys("excluded")) == left_out


@pytest.fixture
def pale_folders(class_folders):
    """The photos of ``apple`` with a tenth of their colour."""
    for path in (class_folders / "apple").glob("*.jpg"):
        photo = Image.open(path)
        Image.blend(photo.convert("L").convert("RGB"), photo, 0.25).save(path, quality=95)
    return class_folders


def test_pale_photos_are_not_learnt_from_but_validated_on_and_that_is_said(pale_folders, tiny_recipe):
    whole = load_training_data(tiny_recipe(), [pale_folders])
    assert whole.note == ""
    measured = {i: colourfulness(whole.cache[i]) for i in whole.train}
    pale = [i for i in whole.train if whole.cache.files[i].label == "apple"]
    least = (max(measured[i] for i in pale) + min(measured[i] for i in whole.train if i not in pale)) / 2
    data = load_training_data(tiny_recipe(data={"min_colourfulness": least}), [pale_folders])
    assert data.train == [i for i in whole.train if i not in pale]
    assert (data.val, data.split, data.classes) == (whole.val, whole.split, whole.classes)
    assert len(data.passes) == len(data.pairs("train", 32)) == len(data.train)
    assert data.note == (
        f"not learnt from: {len(pale)} of {len(whole.train)} pictures, less colourful than {least:g} "
        "(data.min_colourfulness)"
    )
    with pytest.raises(
        PincelError, match=r"min_colourfulness=200 leaves nothing .* the most colourful of these \d+ pict"
    ):
        load_training_data(tiny_recipe(data={"min_colourfulness": 200}), [pale_folders])


@pytest.mark.parametrize(("least", "said"), [(0, ""), (1, "not learnt from: 0 of 19 pictures, ")])
def test_a_threshold_under_which_nothing_lies_changes_nothing(class_folders, tiny_recipe, least, said):
    data = load_training_data(tiny_recipe(data={"min_colourfulness": least}), [class_folders])
    assert data.note.startswith(said)
    assert bool(data.note) == bool(said)
    assert data.train == load_training_data(tiny_recipe(), [class_folders]).train


def test_a_folder_that_weighs_more_is_drawn_more_often_and_that_is_said(class_folders, tiny_recipe):
    data = load_training_data(tiny_recipe(data={"weights": {"photos/boat": 3, "photos": 0.5}}), [class_folders])
    boats = [place for place, i in enumerate(data.train) if data.cache.files[i].label == "boat"]
    drawn = data.passes.order(0, 0)
    assert sum(int(place) in boats for place in drawn) == 3 * len(boats)
    assert len(drawn) == 3 * len(boats) + round((len(data.train) - len(boats)) / 2)
    assert data.note == (
        f"a pass draws {len(drawn)} pictures: each of photos 0.5 times, each of photos/boat 3 times, all others once"
    )
    with pytest.raises(
        PincelError, match=r"data.weights names 'photo' \(did you mean 'photos'\?\), a folder that .* they"
    ):
        load_training_data(tiny_recipe(data={"weights": {"photo": 3}}), [class_folders])


@pytest.mark.parametrize(("share", "side", "mend"), [(0.9, 64, "data.cache_side=56"), (0.3, 40, "fewer pictures")])
def test_pictures_that_memory_cannot_hold_are_told_and_learnt_from(
    class_folders, tiny_recipe, monkeypatch, share, side, mend
):
    recipe = tiny_recipe(data={"cache_side": side})
    needed = load_training_data(recipe, [class_folders]).cache.pixels.nbytes
    monkeypatch.setattr("pincel.training.dataset.default_limit", lambda: round(needed * share))
    data = load_training_data(recipe, [class_folders])
    assert data.note.startswith("the decoded pictures are 0.0 GB, more than half of the memory that is free (0.0 GB); ")
    assert data.note.endswith(f"which may be slow: {mend} would fit")
    assert len(data.pairs("train", 32)) == len(data.train)
    monkeypatch.setattr("pincel.training.dataset.default_limit", lambda: needed)
    assert load_training_data(recipe, [class_folders]).note == ""


def test_a_and_b_of_pairs_are_cut_alike_on_the_device(pair_folder, tiny_recipe, fabric):
    still = {"augment": {"brightness": 0, "contrast": 0, "flip_vertical": True, "letterbox": 0.5}}
    data = load_training_data(paired(tiny_recipe, data=still), [pair_folder])
    data, _ = place_views(data, "device", fabric.device, 0)
    whole = 0
    for batch in data.batches(32, PositionSampler(data.passes, 8, 4), fabric):
        assert batch.source.shape == batch.target.shape == (8, 3, 32, 32)
        for source, target, mask in zip(batch.source, batch.target, batch.mask, strict=True):
            rows = mask[0].amax(1) > 0
            if not rows.all():  # of a whole picture A is B upside down
                whole += 1
                assert (source[:, rows].flip(1) - target[:, rows]).abs().mean() < 0.03
    assert whole > 8
