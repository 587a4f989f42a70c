"""As over text, over tool calls; a file of its own, so that both run at the same time."""

import pytest

from matrix.pairs import NAMES
from matrix.trying import try_net


@pytest.mark.parametrize("net", NAMES)
async def test_it_runs_to_its_end_is_played_back_and_goes_on_from_anywhere(net: str) -> None:
    await try_net(net, "native")
