import ctypes
import platform
import subprocess
import sys

import pytest

from pincel.training import memory

COUNT_FAULTS = """
import resource, torch
from pincel.training.memory import keep_freed_memory

def fewest():
    faults = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(4):
            torch.ones(2**24)  # 64 MiB, taken and freed
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return min(faults)  # one round in several may need a block at a new place

print(fewest())
assert keep_freed_memory()
print(fewest())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_memory_taken_again_is_not_given_by_the_kernel_anew():
    command = [sys.executable, "-c", COUNT_FAULTS]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    left, kept = map(int, told.split())
    assert kept < left / 2


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory.keep_freed_memory() is False
