"""Fixtures that tests of several rooms share."""

import pytest

import mangle


@pytest.fixture
def mangle_ways() -> dict[str, mangle.Mangler]:
    """The ways in which models mangle a reply whose action can still be read, by name."""
    return mangle.WAYS
