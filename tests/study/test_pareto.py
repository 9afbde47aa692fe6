import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pincel.study.pareto import pareto_front

numbers = st.one_of(st.integers(0, 5).map(float), st.just(float("nan")))
tables = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=12)
)


def dominates(one: list[float], other: list[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


@given(tables)
def test_the_front_is_what_no_known_point_dominates(rows):
    front = pareto_front(np.array(rows))
    known = [row for row in rows if not any(value != value for value in row)]
    assert front.tolist() == [row in known and not any(dominates(other, row) for other in known) for row in rows]


@given(tables)
def test_every_known_point_is_on_the_front_or_dominated_by_one_that_is(rows):
    front = pareto_front(np.array(rows))
    on = [row for row, inside in zip(rows, front, strict=True) if inside]
    for row in rows:
        if not any(value != value for value in row):
            assert row in on or any(dominates(other, row) for other in on)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(rows, random):
    places = list(range(len(rows)))
    random.shuffle(places)
    assert pareto_front(np.array(rows))[places].tolist() == pareto_front(np.array([rows[p] for p in places])).tolist()


def test_equal_points_stay_together():
    assert pareto_front(np.array([[1, 1], [1, 1], [2, 2], [2, 2]])).tolist() == [True, True, False, False]


def test_nothing_has_no_front():
    assert pareto_front(np.zeros((0, 2))).shape == (0,)
