import subprocess
import sys

SCRIPT = """
import os, pincel
from pincel.errors import PictureError
from pincel.imaging.read import read
read(pincel.example("cat"))
if os.fork() == 0:
    try: read(pincel.example("cat"))
    except PictureError as error: print(error, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_process_forked_after_use_gets_a_sentence_where_libvips_would_wait_for_ever():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert "start processes with multiprocessing.get_context('spawn')" in done.stdout
