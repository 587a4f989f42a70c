"""How a simulated model goes through a house: which door it opens next, with which key, and what it answers."""

import re

from agent_brain.core.chat import Reply
from agent_brain.models.simulated.calls import Call, write
from agent_brain.models.simulated.houses import TOOL, UNKNOWN, House, garble, tell_found
from agent_brain.models.simulated.pages import THINK
from agent_brain.models.simulated.player import Player, say
from agent_brain.models.simulated.reading import STATE, TODO

WRITE_TODO = "write_todo"
_KEY_LENGTH = 6
_ANSWER = re.compile(rf"\w{{{_KEY_LENGTH}}}(?:, \w{{{_KEY_LENGTH}}})*")
"""A whole answer."""


def step(player: Player, *, is_reflective: bool = False) -> Reply:
    """The next door; the answer where nothing is missing, or there is no tool to open doors with.

    `is_reflective`: it says first where it stands, so the goal is before its eyes, and why the last call failed.
    """
    house = _get_house(player)
    door = _find_next(player, house)
    if door is None or TOOL not in player.tools:
        return answer_house(player)
    prompt = player.prompt
    if THINK in player.tools and prompt.has_failed and not prompt.is_reflected:
        thought = f"The last call failed. I have to {house.recite()}, with the keys exactly as they were shown."
        return write("I think it over.", [Call(THINK, {"thought": thought})], is_native=player.is_native)
    is_taught = is_reflective and prompt.has_failed
    if is_reflective:
        prompt.recited = prompt.size
    calls = [_choose_call(player, house, door, is_taught=is_taught)]
    if WRITE_TODO in player.tools and house.name not in prompt.blocks.get(TODO, ""):
        calls.insert(0, _make_list(house))
    stand = f"I have to {house.recite()}; door {door} is still shut. " if is_reflective else ""
    words = f"{_write_state(player, house)}{stand}Door {door} comes next."
    return write(words, calls, player.find_malformed(), is_native=player.is_native)


def answer_house(player: Player) -> Reply:
    """What is asked for, as far as it is in sight and recalled; where that was the last thing said, the same again."""
    house, said = _get_house(player), player.prompt.said
    doors = range(1, house.doors + 1) if house.is_locked else (1,)
    if _ANSWER.fullmatch(said) and said.count(",") == len(doors) - 1:
        return say(said)
    return say(", ".join(_recall(player, door) or UNKNOWN for door in doors))


def _find_next(player: Player, house: House) -> int | None:
    """The first door whose key is not known, or that is not known to be open; None: nothing is missing."""
    done = player.prompt.keys if house.is_locked else player.prompt.opened
    return next((door for door in range(1, house.doors + 1) if door not in done), None)


def _choose_call(player: Player, house: House, door: int, *, is_taught: bool) -> Call:
    """The right call, one that errs, or, where the goal is out of sight, one that was made before."""
    opened = [each for each in player.prompt.opened if 1 <= each < door]
    if opened and player.drifts():
        door = max(opened)
        return _open(player, house, door, _recall(player, door - 1))
    if player.is_right(house.name, is_taught=is_taught):
        return _open(player, house, door, _recall(player, door - 1))
    if not house.is_locked:
        return _open(player, house, 0, "")
    wrong = garble(_recall(player, door - 1) or "A" * _KEY_LENGTH, player.choose(_KEY_LENGTH, "wrong"))
    return _open(player, house, max(door, 2), wrong)


def _open(player: Player, house: House, door: int, key: str) -> Call:
    args: dict[str, object] = {"house": house.name, "door": door}
    return Call(TOOL, args | {"key": key} if house.is_locked and door > 1 else args)


def _recall(player: Player, door: int) -> str:
    """The key behind a door as it is remembered; empty where it is not in sight."""
    known = player.prompt.keys.get(door)
    if known is None:
        return ""
    if player.recalls(known.place, door):
        return known.key
    return garble(known.key, player.choose(_KEY_LENGTH, "garbled", door))


def _make_list(house: House) -> Call:
    texts = [house.recite(), "answer with what is asked for"]
    return Call(WRITE_TODO, {"items": [{"text": text, "status": "pending"} for text in texts]})


def _write_state(player: Player, house: House) -> str:
    """All that survives, where the memory shows nothing else of the past."""
    if STATE not in player.prompt.blocks:
        return ""
    keys = sorted(player.prompt.keys.items())
    kept = [(door, known.key) for door, known in keys if player.happens(player.parameters.s, "kept", door)]
    told = "\n".join(tell_found(house.name, door, key) for door, key in kept)
    return f"<state>\n{told or '-'}\n</state>\n"


def _get_house(player: Player) -> House:
    goal = player.prompt.goal
    assert isinstance(goal, House)  # who asks has looked
    return goal
