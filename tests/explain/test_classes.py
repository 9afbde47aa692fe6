import json
from dataclasses import replace

import numpy as np
import pytest

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.explain.classes import ClassChanges, attribute_classes
from pincel.explain.labels import paint_with_each_label
from pincel.explain.options import ExplainOptions


@pytest.fixture
def asked(class_folders, tmp_path):
    """Options by which pictures 0 to 3 of each class are on the validation side."""
    keys = [f"photos/{name}/{name}{i}.jpg" for name in ("apple", "boat", "cloud") for i in range(8)]
    sides = {key: "val" if int(key[-5]) < 4 else "train" for key in keys}
    path = tmp_path / "split.csv"
    path.write_text(Split(sides, {key: n for n, key in enumerate(keys)}).to_csv())
    return ExplainOptions(split=path)


def test_a_network_that_paints_by_its_label_alone_gives_exactly_that(toy, class_folders, asked, tmp_path):
    record = tmp_path / "out" / "classes.jsonl"
    changes = attribute_classes(toy(), [class_folders], asked, record)
    assert len(changes.keys) == 12
    assert changes.counts() == [4, 4, 4]
    b = 110 * np.array([0.0, 0.2, 0.5])
    assert changes.shifts()[..., 1] == pytest.approx(b[None] - b[:, None], abs=1e-3)
    assert changes.shifts()[..., 0] == pytest.approx(np.zeros((3, 3)), abs=1e-3)
    matrix = changes.matrix()
    assert matrix.diagonal() == pytest.approx([0, 0, 0])
    assert matrix[0, 2] > matrix[0, 1] > 1
    assert changes.influences()[0].label == "cloud"


def test_the_own_class_is_left_out_of_its_own_mean():
    own = np.array([[0.0, 2.0], [0.0, 4.0], [6.0, 0.0]])
    changes = ClassChanges(
        ["a", "b"], ["1", "2", "3"], np.array([0, 0, 1]), own, own, np.zeros((3, 2, 2)), [], "val", 32
    )
    assert changes.matrix().tolist() == [[0, 3], [6, 0]]
    assert [(one.label, one.mean, one.n) for one in changes.influences()] == [("a", 6, 1), ("b", 3, 2)]
    assert (changes.influences()[1].low, changes.influences()[1].high) == (2, 4)


def test_it_goes_on_where_it_stopped_and_begins_anew_for_another_model(toy, class_folders, asked, tmp_path):
    record, model = tmp_path / "classes.jsonl", toy()
    first = attribute_classes(model, [class_folders], asked, record)
    lines = record.read_text().splitlines()
    kept = json.loads(lines[1]) | {"own": [7.0, 7.0, 7.0]}  # shows that it is not done again
    record.write_text("\n".join([lines[0], json.dumps(kept), lines[2], lines[3][:20]]))
    progress = []
    again = attribute_classes(model, [class_folders], asked, record, on_progress=lambda *now: progress.append(now))
    assert again.own[0].tolist() == [7, 7, 7]
    np.testing.assert_allclose(again.own[1:], first.own[1:])
    assert progress == [(2, 12), (12, 12)]
    assert len(record.read_text().splitlines()) == 13
    kept_nowhere = attribute_classes(model, [class_folders], asked)
    np.testing.assert_allclose(kept_nowhere.own, first.own)
    model.network.get_buffer("told").mul_(0.5)
    assert attribute_classes(model, [class_folders], asked, record).own[0].tolist() != [7, 7, 7]


def test_one_picture_is_painted_with_every_label(toy, source):
    paintings = {one.label: one for one in paint_with_each_label(toy(), source[0].numpy(), "boat")}
    assert list(paintings) == ["apple", "boat", "cloud", "unknown"]
    assert paintings["boat"].ciede2000 == 0
    assert paintings["cloud"].shift == pytest.approx((0, 110 * 0.3), abs=1e-3)


def test_what_cannot_be_attributed_gets_one_sentence(toy, class_folders, asked, tmp_path):
    with pytest.raises(PincelError, match="takes no label"):
        attribute_classes(toy(classes=[]), [class_folders], asked, tmp_path / "c.jsonl")
    with pytest.raises(PincelError, match="on the test side of the split"):
        attribute_classes(toy(), [class_folders], replace(asked, side="test"), tmp_path / "c.jsonl")
