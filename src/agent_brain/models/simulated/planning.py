"""How a simulated model plans all calls of a house beforehand, and answers from what came of them."""

import json

from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.models.simulated.houses import TOOL, House, garble
from agent_brain.models.simulated.player import Player, say
from agent_brain.models.simulated.walking import answer_house


def plan(player: Player) -> Reply:
    """One step for each door, with what the step before it finds as its key; each is right or wrong by itself."""
    house = player.prompt.goal
    if not isinstance(house, House):
        raise SetupError("the simulated model plans ways through houses alone: for other worlds take another net")
    lines = []
    for door in range(1, house.doors + 1):
        args: dict[str, object] = {"house": house.name, "door": door}
        is_right = player.is_right(house.name, door)
        if house.is_locked and door > 1:
            args["key"] = f"#E{door - 1}" if is_right else garble("A" * 6, player.choose(6, "wrong", door))
        elif not is_right:
            args["door"] = 0
        lines.append(f"Plan: open door {door}\n#E{door} = {TOOL}[{json.dumps(args)}]")
    return say("\n".join(lines))


def solve(player: Player) -> Reply:
    """The answer from the evidence."""
    return answer_house(player)
