import threading

import pytest

from pincel.threads import AHEAD, in_order


def test_work_never_runs_further_ahead_than_allowed_and_keeps_the_order():
    started, taken, told = [], [], []

    def work(item: str) -> int:
        started.append(item)
        return int(item)

    items = [str(number) for number in range(200)]
    for item, result in in_order(work, items, 3, lambda *progress: told.append(progress)):
        assert len(told) == len(taken)  # only what has been dealt with counts
        taken.append(result)
        assert item == str(result)
        assert len(started) <= len(taken) + 3 * AHEAD
    assert taken == list(range(200))
    assert told == [(number, 200) for number in range(1, 201)]


def test_nothing_to_do_is_done_at_once():
    assert list(in_order(str, [])) == []


@pytest.mark.parametrize("fault", ["of the work", "of the loop"])
def test_whatever_ends_the_loop_ends_the_work(fault):
    started = []

    def work(item: int) -> int:
        started.append(item)
        if fault == "of the work" and item == 2:
            raise ValueError(fault)
        return item

    with pytest.raises(ValueError, match=fault):
        for item, _ in in_order(work, range(10_000), 2):
            if fault == "of the loop" and item == 2:
                raise ValueError(fault)
    count = len(started)
    assert count <= 3 + 2 * AHEAD
    assert threading.active_count() < 10
