"""What a network is shown and what it paints, by name."""

from __future__ import annotations

from pincel.tasks.colorize import Colorize
from pincel.tasks.paired import Paired
from pincel.tasks.sketch import Sketch
from pincel.tasks.task import Task

__all__ = ["TASKS", "Colorize", "Paired", "Sketch", "Task"]

TASKS: dict[str, Task] = {Colorize.name: Colorize(), Sketch.name: Sketch(), Paired.name: Paired()}
