"""Places and names of requests."""

import uuid

import pytest

from pincel.serve.desk import REMEMBERED, Desk
from pincel.serve.problems import Problem


def test_a_place_is_free_again_whatever_happened():
    desk = Desk(1)
    with pytest.raises(ZeroDivisionError), desk.place():
        raise ZeroDivisionError
    with desk.place():
        for way_in in (desk.place(), desk.named(None)):  # who finds no place need not send a body
            with pytest.raises(Problem) as refused, way_in:
                pass
            assert refused.value.status == 429
    assert desk.taken == 0


def test_a_request_that_is_being_sent_has_a_name_and_no_place():
    desk, name = Desk(1), str(uuid.uuid4())
    with desk.named(name):
        assert desk.taken == 0
        assert desk.progress(name) == {"state": "waiting", "position": 0}
        with pytest.raises(Problem) as refused, desk.named(name):
            pass
        assert refused.value.status == 409


def test_the_time_to_come_again_follows_how_long_pictures_take():
    desk = Desk(0)
    for _ in range(50):
        desk.took(7.2)
    with pytest.raises(Problem) as refused, desk.place():
        pass
    assert refused.value.headers == {"Retry-After": "8"}


def test_names_of_requests_are_uuids_however_written():
    desk, name = Desk(2), uuid.uuid4()
    with desk.named(str(name).upper()):
        assert desk.progress(name.hex) == {"state": "waiting", "position": 0}
    assert desk.progress(str(name)) == {"state": "done"}
    for wrong in ("", "7", "../x", "a" * 10_000):
        with pytest.raises(Problem, match="X-Request-ID is a UUID") as refused:
            desk.progress(wrong)
        assert len(str(refused.value)) < 200


def test_only_so_many_finished_names_are_remembered():
    desk, names = Desk(1), [str(uuid.uuid4()) for _ in range(REMEMBERED + 1)]
    for name in names:
        with desk.named(name):
            pass
    assert desk.progress(names[0]) == {"state": "unknown"}
    assert desk.progress(names[1]) == {"state": "done"}
