"""Fixtures that tests of several rooms share, and how much hypothesis tries."""

import gc
import os
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

import mangle
from agent_brain.models.tool_support import SHARED
from counterparts.postgres_server import postgres_server, postgres_url
from soak import size

__all__ = ["postgres_server", "postgres_url"]  # fixtures: found here by their names

# No deadline: the machines are noisy. Where CI is set the examples are the same in every run; elsewhere they are new.
settings.register_profile("house", max_examples=size(100, 40), deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

LONGEST = (
    "test_killed_everywhere.py",
    "test_benchmarks_smoke.py",
    "test_toolhop.py",
    "test_every_pair_over_text.py",
    "test_llamacpp.py",
    "test_every_pair_over_tool_calls.py",
    "test_llamacpp_wires.py",
    "test_calls.py",
    "test_histories.py",
    "test_resuming.py",
    "test_lab.py",
    "test_process.py",
    "test_calibration.py",
)
"""Files that take longest, begun first: whoever ends last has then little left."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the longest files to the front; the others stay in their order."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_collection_finish() -> None:
    """Keep the collector from looking through all modules again and again: they stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test keeps anything in the folder of whoever runs it, as a memory does that was given no file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_authorities() -> Iterator[None]:
    """No HTTP client reads the system's certificates, which takes longer than most tests; none speaks to a stranger."""
    paths, load = ssl.get_default_verify_paths(), ssl.SSLContext.load_verify_locations

    def load_others(context: ssl.SSLContext, cafile: str | None = None, *more: Any, **named: Any) -> None:
        if cafile not in (paths.cafile, paths.openssl_cafile):
            load(context, cafile, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl.SSLContext, "load_verify_locations", load_others)
        yield


@pytest.fixture(autouse=True)
def forgotten_servers() -> None:
    """No test knows what another one was told by a server that had the same port."""
    SHARED.forget()


@pytest.fixture
def mangle_ways() -> dict[str, mangle.Mangler]:
    """The ways in which models mangle a reply whose action can still be read, by name."""
    return mangle.WAYS
