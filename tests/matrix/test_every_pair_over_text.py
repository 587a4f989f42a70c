"""Every net runs with every memory, whatever its models say: to an end, resumable and replayable. Over text."""

import pytest

from matrix.pairs import NAMES
from matrix.trying import try_net


@pytest.mark.parametrize("net", NAMES)
async def test_it_runs_to_its_end_is_played_back_and_goes_on_from_anywhere(net: str) -> None:
    await try_net(net, "text")
