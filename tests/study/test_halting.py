import pytest

from pincel.study.halting import hopeless

GOOD = [[0.25, 0.5], [0.5, 0.4], [1.0, 0.3]]


@pytest.mark.parametrize(
    ("curve", "peers", "verdict"),
    [
        ([[0.5, 0.6]], [GOOD, GOOD, GOOD], 0.4),
        ([[0.5, 0.39]], [GOOD, GOOD, GOOD], None),  # better
        ([[0.5, 0.4]], [GOOD, GOOD, GOOD], None),  # as good
        ([[0.25, 0.3], [0.5, 0.6]], [GOOD, GOOD, GOOD], None),  # was better before
        ([[0.2, 0.9]], [GOOD, GOOD, GOOD], None),  # too early to tell
        ([[0.5, 0.9]], [GOOD, GOOD], None),  # too few peers
        ([[0.5, 0.9]], [GOOD, GOOD, [[0.25, 0.1]]], None),  # one of them was stopped before
        ([[0.375, 0.46]], [GOOD, GOOD, GOOD], 0.45),  # half way between two validations of the peers
        ([[0.5, 0.5]], [GOOD, [[0.5, 0.6]], [[0.5, 0.7]]], None),  # better than half of them
    ],
)
def test_worse_than_half_of_the_peers_at_the_same_share_is_hopeless(curve, peers, verdict):
    assert hopeless(curve, peers) == (None if verdict is None else pytest.approx(verdict))
