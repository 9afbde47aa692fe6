"""The suite's own speed rests on this: tests of one group run in one worker, which makes what they share once."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
@pytest.mark.xdist_group("together")
def test_the_runner_knows_the_groups_of_tests(request):
    assert request.node.nodeid.endswith("@together")
