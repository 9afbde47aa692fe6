"""Work on many things at once, with the results in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order"]

Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 8  # results a thread that may wait to be taken, so that memory is bounded


def in_order(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Item, Result]]:
    """Each item and what ``work`` made of it, in order; whatever ends the loop, nothing further is begun.

    Args:
        work: called in threads; what it raises is raised here.
        items: what there is to do.
        workers: threads; the number of processors by default.
        on_progress: called with (done, all) when a result has been dealt with.
    """
    workers = workers or os.cpu_count() or 1
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    left, done = iter(items), 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                for item in left:
                    waiting.append((item, pool.submit(work, item)))
                    if len(waiting) >= AHEAD * workers:
                        break
                if not waiting:
                    return
                item, result = waiting.popleft()
                yield item, result.result()
                done += 1
                if on_progress:
                    on_progress(done, len(items))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
