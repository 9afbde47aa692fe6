"""What a network is shown and what it paints, by name."""

from __future__ import annotations

from pincel.tasks.colorize import Colorize
from pincel.tasks.paired import Paired
from pincel.tasks.sketch import Sketch
from pincel.tasks.task import Task

__all__ = ["TASKS", "Colorize", "Paired", "Sketch", "Task", "tasks_of"]

TASKS: dict[str, Task] = {task.name: task for task in (Colorize(), Sketch(), Paired())}


def tasks_of(command: str) -> list[str]:
    """Names of the tasks that a command paints (``colorize``, ``draw`` or ``translate``)."""
    return [name for name, task in TASKS.items() if command in task.commands]
