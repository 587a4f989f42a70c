"""Fixtures of the tests with MCP servers."""

from pathlib import Path

import pytest

from tools.mcp.serving import Told


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Where the small server says what it does."""
    return Told(tmp_path / "told.txt")
