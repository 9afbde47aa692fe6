"""The pool of worker processes, with toys for workers."""

import os
import signal

import pytest
from serve_helpers import wait_until
from toy_work import ToyWork

from pincel.errors import PictureError
from pincel.serve.worker import Cancelled, WorkerFailed
from pincel.serve.workers import Task, TookTooLong, WorkerPool


@pytest.fixture(scope="module")
def shared_pool():
    running = WorkerPool(ToyWork(), 2, cores=4)
    running.start()
    yield running
    running.close()


@pytest.fixture
def pool(shared_pool):
    """Both workers live: any test may be the first, or follow one that killed some."""
    wait_until(lambda: len(shared_pool.pids()) == 2)
    return shared_pool


def give(pool, order, seconds=20.0, **limits):
    task = Task(order, b"picture", {None: seconds, **limits})
    pool.submit(task)
    return task


def test_the_bytes_come_back_with_facts_and_the_time_waited(pool):
    result = give(pool, "echo").future.result(60)
    assert result.data == b"picture"
    assert result.facts["width"] == 1
    assert 0 <= result.waited < 60


def test_an_order_that_is_alone_gets_all_threads_and_two_share_them(pool):
    assert give(pool, "echo").future.result(20).facts["threads"] == 4
    first, second = give(pool, "sleep 0.3"), give(pool, "sleep 0.3")
    assert second.future.result(20).facts["threads"] == 2
    first.future.result(20)


def test_a_picture_that_ends_two_workers_fails_alone_and_they_are_replaced(pool):
    before = set(pool.pids())
    other = give(pool, "sleep 0.5")
    with pytest.raises(PictureError, match="ended the process that worked on it, twice"):
        give(pool, "die").future.result(30)
    assert other.future.result(20).data == b"picture"
    wait_until(lambda: len(pool.pids()) == 2)
    assert len(before & set(pool.pids())) == 1
    assert give(pool, "echo").future.result(20).data == b"picture"


def test_a_worker_killed_in_the_middle_of_a_picture_costs_nobody_the_picture(pool):
    wait_until(lambda: pool.busy == 0)
    tasks = [give(pool, "sleep 1") for _ in range(2)]
    wait_until(lambda: all(task.stage == "paint" for task in tasks))
    os.kill(pool.pids()[0], signal.SIGKILL)
    assert [task.future.result(30).data for task in tasks] == [b"picture"] * 2


def test_a_worker_killed_while_it_is_idle_is_replaced_and_nothing_fails(pool):
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    orders = [give(pool, "echo") for _ in range(4)]
    assert [order.future.result(30).data for order in orders] == [b"picture"] * 4


def test_a_stage_that_takes_too_long_is_ended_and_says_which(pool):
    with pytest.raises(TookTooLong) as error:
        give(pool, "sleep anyway 20", paint=0.3).future.result(20)
    assert error.value.stage == "paint"
    assert give(pool, "echo").future.result(20).data == b"picture"


def test_an_expected_error_keeps_its_sentence(pool):
    with pytest.raises(PictureError, match="nobody can paint"):
        give(pool, "refuse").future.result(20)
    with pytest.raises(WorkerFailed, match="more memory"):
        give(pool, "memory").future.result(20)


def test_an_unexpected_error_is_logged_and_tells_the_client_nothing(capfd):
    own = WorkerPool(ToyWork(), 1)
    own.start()
    with pytest.raises(PictureError, match="log says why") as error:
        give(own, "fault").future.result(20)
    own.close()
    assert "secret" not in str(error.value)
    logged = capfd.readouterr().err
    assert "a secret of the server" in logged
    assert logged.count("\n") == 1


def test_an_order_that_kills_every_worker_fails_after_the_second(pool):
    with pytest.raises(PictureError, match="ended the process"):
        give(pool, "die at once").future.result(20)
    assert give(pool, "echo").future.result(20).data == b"picture"


def test_cancelling_takes_an_order_out_of_the_queue_and_frees_a_worker_between_stages(pool):
    running = [give(pool, "sleep 100") for _ in range(2)]
    waiting = give(pool, "sleep 100")
    wait_until(lambda: all(task.began for task in running))
    assert pool.position(waiting) == 1
    pids = set(pool.pids())
    for task in [waiting, *running]:
        task.cancel()
        with pytest.raises(Cancelled):
            task.future.result(1)
        assert task.data == b""  # many that are sent and given up must not fill the memory
    give(pool, "echo").future.result(20)
    assert set(pool.pids()) == pids  # they ended by themselves; a new worker costs a second


def test_cancelling_stops_a_worker_that_hears_nothing(pool):
    task = give(pool, "sleep anyway 60", seconds=60)
    wait_until(lambda: task.stage == "paint")
    pids = set(pool.pids())
    task.cancel()
    wait_until(lambda: pool.busy == 0)
    wait_until(lambda: len(pool.pids()) == 2)
    assert len(pids & set(pool.pids())) == 1


def test_big_pictures_are_worked_on_one_at_a_time(pool):
    first, second = (give(pool, "big") for _ in range(2))
    results = [task.future.result(20) for task in (first, second)]
    assert abs(results[0].facts["began"] - results[1].facts["began"]) > 0.25  # seconds; one takes 0.3
    assert not pool.big.locked()


def test_closing_fails_what_is_left_and_ends_the_processes():
    short = WorkerPool(ToyWork(), 1)
    short.start()
    tasks = [give(short, "sleep anyway 60") for _ in range(2)]
    wait_until(lambda: tasks[0].began)
    pids = short.pids()
    short.close()
    for task in [*tasks, give(short, "echo")]:
        with pytest.raises(WorkerFailed, match="is being stopped"):
            task.future.result(5)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)  # noqa: PTH110
