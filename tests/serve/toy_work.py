"""Workers that do what the label says; no models, so that they start at once. Imported by worker processes too."""

import os
import signal
import time

from pincel.errors import PictureError


class ToyWork:
    """``sleep 0.5``, ``sleep anyway 3`` (hears nothing meanwhile), ``die``,
    ``die at once``, ``fault``, ``memory``, ``big``, ``threads``.

    Anything else gives the picture back.
    """

    def prepare(self):
        pass

    def do(self, order, data, threads, tell):
        word, *rest = (order if isinstance(order, str) else order.options.label or "nothing").split()
        if rest == ["at", "once"]:
            os.kill(os.getpid(), signal.SIGKILL)
        tell.stage("decode")
        if word == "big":
            tell.size(25_000_000)
        tell.stage("paint")
        if word == "sleep":
            end = time.monotonic() + float(rest[-1])
            while time.monotonic() < end:
                time.sleep(0.02)
                if rest[0] != "anyway":
                    tell.stage("paint")
        elif word == "big":
            time.sleep(0.3)
        elif word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "fault":
            raise ZeroDivisionError("a secret of the server")
        elif word == "memory":
            raise MemoryError
        elif word == "refuse":
            raise PictureError("the picture is of a kind that nobody can paint")
        facts = {
            "label": None,
            "note": "",
            "width": 1,
            "height": 1,
            "format": "png",
            "decode": 0.0,
            "paint": 0.0,
            "encode": 0.0,
        }
        return facts | {"pid": os.getpid(), "threads": threads, "began": time.monotonic()}, data
