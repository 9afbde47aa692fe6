import pytest

from pincel.serve.settings import LOOPBACK, Limits, Settings


def test_only_this_machine_reaches_it_unless_told_otherwise():
    assert Settings().host in LOOPBACK
    assert Settings().token is None


@pytest.mark.parametrize(("megabytes", "count"), [(64.0, 64_000_000), (0.0015, 1500)])
def test_megabytes_are_millions_of_bytes(megabytes, count):
    assert Limits(megabytes).body_bytes == count


@pytest.mark.parametrize(("processors", "workers"), [(1, 1), (2, 2), (64, 8), (None, 1)])
def test_there_is_a_worker_a_processor_and_eight_at_most(monkeypatch, processors, workers):
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert Settings().workers == workers
