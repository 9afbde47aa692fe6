"""What a network is shown and what it paints, by name."""

from __future__ import annotations

from pincel.tasks.colorize import Colorize

__all__ = ["TASKS", "Colorize"]

TASKS = {Colorize.name: Colorize()}
