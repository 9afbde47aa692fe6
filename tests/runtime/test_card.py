import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pincel.runtime.card import ModelCard, pack_hashes, unpack_hashes


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_hashes_are_packed_and_unpacked_sorted(values):
    assert unpack_hashes(pack_hashes(np.array(values, np.uint64))).tolist() == sorted(values)


def test_a_card_goes_through_json_and_ignores_what_later_versions_add():
    card = ModelCard(name="x", task="colorize", parity={"64x64": 1e-6}, quality={"n": 3})
    assert ModelCard.model_validate_json(card.model_dump_json()) == card
    assert ModelCard.model_validate({"name": "x", "task": "colorize", "from_the_future": 1}).name == "x"
