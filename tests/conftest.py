"""What every test shares: how hard properties are tried, and which tests need the deep profile."""

import os

import pytest
from hypothesis import HealthCheck, settings

DEEP = os.environ.get("TRIMTAB_TEST_PROFILE") == "deep"

settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("deep" if DEEP else "ci")


def pytest_collection_modifyitems(items):
    if DEEP:
        return
    for item in items:
        if item.get_closest_marker("deep"):
            item.add_marker(pytest.mark.skip(reason="runs with scripts/test --deep"))
