"""The command `pincel`. Commands parse, call one function and print; heavy imports are inside them."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

__all__ = ["main"]

STOPPED = 130


def main() -> None:
    """Run the command line; expected failures are one sentence on stderr and an exit code.

    0: all done. 1: some inputs failed, the rest is done. 2: nothing could be done. 130: Ctrl-C.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of homes that cannot be written
    from pincel.cli.app import app
    from pincel.errors import PincelError, PincelWarning
    from pincel.files import reason

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, PincelWarning):
            print(f"pincel: {message}", file=sys.stderr)
        else:
            usual(message, category, *place, **more)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", PincelWarning)
            warnings.showwarning = show
            app()
    except PincelError as error:
        print(f"pincel: {error}", file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.partition(".")[0] == "pincel":
            raise
        from pincel.extras import missing_part

        print(f"pincel: {missing_part(missing.name)}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:  # typer makes this of Ctrl-C
        if end.code == STOPPED:
            print("pincel: stopped; what is finished is kept, and the same work can go on from there", file=sys.stderr)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"pincel: {where}{reason(error)}", file=sys.stderr)
        sys.exit(2)
