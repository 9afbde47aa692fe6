import threading
from multiprocessing import Pipe

import pytest

from pincel.errors import PictureError
from pincel.serve import worker
from pincel.serve.worker import BIG_PIXELS, GO, STOP, Cancelled, Tell, WorkerFailed, live


class Echo:
    def __init__(self):
        self.prepared = 0

    def prepare(self):
        self.prepared += 1

    def do(self, order, data, threads, tell):
        if isinstance(order, LookupError):
            raise order
        tell.stage("work")
        if isinstance(order, Exception):
            raise order
        return {"order": order, "threads": threads}, data[::-1]


@pytest.fixture
def working(monkeypatch):
    """The server's end of the pipe to a worker that lives in a thread."""
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)  # only a main thread may set it
    monkeypatch.setattr(worker.os, "nice", lambda _: 0)
    ours, theirs = Pipe()
    thread = threading.Thread(target=live, args=(theirs, Echo()), daemon=True)
    thread.start()
    assert ours.recv() == ("ready", None)
    yield ours
    ours.close()
    thread.join(5)
    assert not thread.is_alive()  # it ends when the server is gone


def give(pipe, order, data=b"abc"):
    pipe.send((order, 2))
    pipe.send_bytes(data)
    assert pipe.recv() == ("stage", "work")
    return pipe.recv()


def test_orders_are_carried_out_one_after_another(working):
    for order in ("one", "two"):
        assert give(working, order) == ("done", {"order": order, "threads": 2})
        assert working.recv_bytes() == b"cba"


def test_a_word_that_comes_too_late_is_passed_over(working):
    working.send(STOP)
    working.send(GO)
    assert give(working, "one")[0] == "done"


def test_expected_failures_keep_their_sentence(working):
    kind, error = give(working, PictureError("it is cut off"))
    assert (kind, type(error), str(error)) == ("failed", PictureError, "it is cut off")


def test_a_lack_of_memory_is_not_the_pictures_fault(working):
    kind, error = give(working, MemoryError())
    assert (kind, type(error)) == ("failed", WorkerFailed)
    assert "more memory" in str(error)


def test_an_error_is_the_pictures_once_it_is_worked_on_and_ours_before(working, capfd):
    kind, error = give(working, ZeroDivisionError("an escape \x1b[31m"))
    assert (kind, type(error)) == ("failed", PictureError)
    assert "log says why" in str(error)
    working.send((LookupError("x"), 2))
    working.send_bytes(b"")
    kind, error = working.recv()
    assert (kind, type(error)) == ("failed", WorkerFailed)
    assert give(working, "one")[0] == "done"


def test_a_big_picture_waits_for_its_turn_and_a_small_one_does_not():
    ours, theirs = Pipe()
    tell = Tell(theirs)
    tell.size(BIG_PIXELS)
    assert not ours.poll()
    ours.send(GO)
    tell.size(BIG_PIXELS + 1)
    assert ours.recv() == ("big", BIG_PIXELS + 1)
    ours.send(STOP)
    with pytest.raises(Cancelled):
        tell.size(BIG_PIXELS + 1)


def test_a_stage_does_not_begin_when_nobody_waits():
    ours, theirs = Pipe()
    ours.send(STOP)
    with pytest.raises(Cancelled):
        Tell(theirs).stage("paint")
    assert not ours.poll()
