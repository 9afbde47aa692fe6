"""Worker processes: one order at a time each; replaced when they die or take too long, and only that order fails.

Every worker has a pipe and a thread of its own, so a worker that is killed in the middle of a message harms no other.
(The pools of concurrent.futures and of pebble share one pipe: there a worker that is killed breaks the whole pool.)
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from pincel.errors import PictureError, PincelError
from pincel.serve.worker import GO, STOP, Cancelled, Work, WorkerFailed, live

__all__ = ["Result", "Task", "TookTooLong", "WorkerPool"]

START_SECONDS = 180.0
GRACE_SECONDS = 2.0  # an order that nobody waits for may still end by itself: a new worker costs a second
MOST_STARTS = 3  # in a row that fail before anybody has asked for anything
TICK_SECONDS = 0.1
STOPPED = "the server is being stopped"

log = logging.getLogger("pincel.serve")


class TookTooLong(PincelError):
    """A stage used up its time. ``stage``: which one."""

    def __init__(self, stage: str, seconds: float) -> None:
        self.stage, self.seconds = stage, seconds
        super().__init__(f"the stage '{stage}' took longer than {seconds:g} seconds")


class Result(NamedTuple):
    """What a worker made: facts about it, the bytes, and how long the order waited in seconds."""

    facts: dict[str, Any]
    data: bytes
    waited: float


@dataclass(eq=False)
class Task:
    """An order on its way. ``seconds``: the limit of each stage, with ``None`` for stages not named."""

    order: Any
    data: bytes | memoryview
    seconds: dict[str | None, float]
    future: Future[Result] = field(default_factory=Future)
    stage: str | None = None
    queued: float = field(default_factory=time.monotonic)
    began: float | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        """Stop waiting for it; a worker that has begun ends soon or is stopped."""
        self.cancelled = True
        self.data = b""  # it may stay in the queue for a while
        self.fail(Cancelled("the request was cancelled"))

    def limit(self) -> float:
        """Seconds that its stage may take."""
        return self.seconds.get(self.stage, self.seconds[None])

    def finish(self, result: Result) -> None:
        """Hand the result to who waits for it."""
        with suppress(InvalidStateError):  # cancelled meanwhile
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        """Tell who waits for it why there is no result."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)


class WorkerPool:
    """Some workers and the queue before them; safe to use from any thread.

    Args:
        work: what they do.
        count: how many.
        cores: processors to share; a worker that is alone may use all of them.
    """

    def __init__(self, work: Work, count: int, cores: int | None = None) -> None:
        self.work, self.count, self.cores = work, count, cores or os.cpu_count() or 1
        self.busy = 0
        self.closed = False
        self.big = threading.Lock()
        self._queue: deque[Task] = deque()
        self._changed = threading.Condition()
        self._keepers: list[_Keeper] = []

    def start(self) -> None:
        """Start the workers, where that was not done yet; orders may be given at once."""
        with self._changed:
            if self.closed or self._keepers:
                return
            self._keepers = [_Keeper(self) for _ in range(self.count)]
        for keeper in self._keepers:
            keeper.start()

    def stop(self) -> None:
        """Fail what is not done, and take no more; returns at once."""
        with self._changed:
            self.closed = True
            left = list(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        for task in left:
            task.fail(WorkerFailed(STOPPED))

    def close(self) -> None:
        """`stop`, and wait until the workers have ended."""
        self.stop()
        for keeper in self._keepers:
            keeper.join(10)

    def submit(self, task: Task) -> None:
        """Put an order at the end of the queue."""
        with self._changed:
            if self.closed:
                task.fail(WorkerFailed(STOPPED))
                return
            self._queue = deque(other for other in self._queue if not other.cancelled)
            self._queue.append(task)
            self._changed.notify()

    def position(self, task: Task) -> int:
        """Its place in the queue, from 1; 0 when it is not waiting."""
        with self._changed:
            return self._queue.index(task) + 1 if task in self._queue else 0

    def pids(self) -> list[int]:
        """Process numbers of the workers that live."""
        return [pid for keeper in self._keepers if (pid := keeper.pid) is not None]

    def take(self, seconds: float) -> tuple[Task, int] | None:
        """For keepers: the next order and how many threads it gets; None when there is none for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or bool(self._queue), seconds)
            while self._queue and not self.closed:
                task = self._queue.popleft()
                if not task.cancelled:
                    self.busy += 1
                    alone = self.busy == 1 and not self._queue
                    return task, self.cores if alone else max(1, self.cores // self.count)
        return None

    def release(self) -> None:
        """For keepers: the order is done with."""
        with self._changed:
            self.busy -= 1


class _Keeper(threading.Thread):
    """Looks after one worker process: starts it, gives it orders, replaces it."""

    def __init__(self, pool: WorkerPool) -> None:
        super().__init__(name="pincel-keeper", daemon=True)
        self._pool = pool
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._ready = False
        self._failed_starts = 0

    @property
    def pid(self) -> int | None:
        """Of the worker, when it lives."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

    def run(self) -> None:
        """Until the pool is closed."""
        self._start()
        while not self._pool.closed:
            taken = self._pool.take(seconds=1.0)
            if taken is None:
                self._look_after_it()
                continue
            task, threads = taken
            try:
                self._carry_out(task, threads)
            except Exception as error:  # a keeper that ends would take its worker with it
                log.exception("a keeper met a fault")
                task.fail(WorkerFailed(f"something went wrong in the server ({type(error).__name__})"))
                self._replace("after that")
            finally:
                self._pool.release()
        self._stop()

    def _look_after_it(self) -> None:
        """While there is nothing to do: hear that it is ready, replace it when it died."""
        if self.pid is None and not self._pool.closed:
            self._failed_starts = 0 if self._ready else self._failed_starts + 1
            if self._failed_starts <= MOST_STARTS:  # after that only when there is something to do
                self._replace("while it had nothing to do")
        elif not self._ready and self._connection is not None and self._connection.poll():
            with suppress(OSError, EOFError):
                self._wait_until_ready()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._connection, theirs = Pipe()  # type: ignore[assignment]  # the checker thinks of Windows
        self._ready = False
        process = spawn.Process(target=live, args=(theirs, self._pool.work), name="pincel-worker", daemon=True)
        process.start()
        theirs.close()  # so that its death is seen at this end
        self._process = process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
        if self._connection is not None:
            self._connection.close()

    def _replace(self, when: str) -> None:
        self._stop()
        code = self._process.exitcode if self._process is not None else None
        if not self._pool.closed:
            log.warning("a worker ended %s (exit code %s); there is a new one", when, code)
            self._start()

    def _carry_out(self, task: Task, threads: int) -> None:
        for _ in range(2):  # a worker may be killed for no fault of the picture's; two are not
            try:
                connection = self._wait_until_ready()
                connection.send((task.order, threads))
                connection.send_bytes(task.data)
                task.began, task.stage = time.monotonic(), None
                self._follow(task, connection)
                return
            except (OSError, EOFError):
                self._replace(f"while it worked ({task.stage})" if task.stage else "before it had begun")
                if self._pool.closed:
                    task.fail(WorkerFailed(STOPPED))
                if task.cancelled or self._pool.closed:
                    return
        if task.began:
            task.fail(
                PictureError("the picture ended the process that worked on it, twice; it is damaged or too large")
            )
        task.fail(WorkerFailed("a worker process cannot be started; the server's log says why"))

    def _wait_until_ready(self) -> Connection:
        connection = self._connection
        assert connection is not None
        if not self._ready:
            end = time.monotonic() + START_SECONDS
            while not connection.poll(TICK_SECONDS):
                if self._pool.closed or time.monotonic() > end:
                    raise EOFError
            connection.recv()
            self._ready = True
        return connection

    def _follow(self, task: Task, connection: Connection) -> None:
        """Read what the worker says until the order is done with.

        Raises:
            EOFError, OSError: the worker died.
        """
        has_big = False
        stage_end = time.monotonic() + task.limit()
        stop_end: float | None = None
        try:
            while True:
                now = time.monotonic()
                if self._pool.closed:
                    task.fail(WorkerFailed(STOPPED))
                    return
                if task.cancelled and stop_end is None:
                    stop_end = now + GRACE_SECONDS
                    connection.send(STOP)
                if now >= min(stage_end, stop_end or stage_end):
                    task.fail(TookTooLong(task.stage or "start", task.limit()))
                    self._replace(f"because it took too long ({task.stage})")
                    return
                if not connection.poll(TICK_SECONDS):
                    continue
                kind, value = connection.recv()
                if kind == "stage":
                    task.stage = value
                    stage_end = time.monotonic() + task.limit()
                elif kind == "big":
                    has_big = self._wait_for_big(task)
                    if has_big:
                        connection.send(GO)
                        stage_end = time.monotonic() + task.limit()
                elif kind == "done":
                    data = connection.recv_bytes()
                    task.finish(Result(value, data, (task.began or now) - task.queued))
                    return
                else:
                    task.fail(value)
                    return
        finally:
            if has_big:
                self._pool.big.release()

    def _wait_for_big(self, task: Task) -> bool:
        while not self._pool.big.acquire(timeout=TICK_SECONDS):
            if task.cancelled or self._pool.closed:
                return False
        return True
