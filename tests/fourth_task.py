"""The task `brighten`: a fourth one, registered by tests alone. Worker processes import it by this name."""

from pincel.serve.painting import PaintWork
from pincel.tasks import TASKS, Task


class Brighten(Task):
    """A photo that is too dark -> the photo."""

    name = "brighten"
    makes_source = True
    shown = "dark photo"
    shown_many = "dark photos"
    painted = "photo"

    @staticmethod
    def make_source(rgb, style, size=None):
        return rgb // 2


class BrightenWork(PaintWork):
    """Paints in a process that knows the task."""

    def prepare(self):
        TASKS[Brighten.name] = Brighten()
        super().prepare()
