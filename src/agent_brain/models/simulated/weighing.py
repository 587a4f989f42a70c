"""How a simulated model answers questions with a few answers to choose from, and reviews what it has answered."""

from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.models.simulated.player import Player, say
from agent_brain.models.simulated.stones import Stone

DRAFT, REVIEW = "draft", "review"
"""Names of the blocks in which drafts and reviews stand."""
_SHOULD_BE = "It should be "


def answer_stone(player: Player) -> Reply:
    """A mark; where it has named one already, that one."""
    stone = _get_stone(player)
    said = stone.find_mark(player.prompt.said)
    return say(said or _name(player, stone))


def critique(player: Player) -> Reply:
    """A review, which finds fault with what is right, and with what is wrong, at known rates."""
    stone, rates = _get_stone(player), player.parameters
    draft = stone.find_mark(player.prompt.blocks.get(DRAFT, ""))
    if player.happens(rates.u if draft == stone.answer else rates.v, "flip"):
        other = _find_wrong(player, stone) if draft == stone.answer else stone.answer
        return say(f"{_SHOULD_BE}{other}.\nVerdict: revise")
    is_over = player.happens(rates.accept, "accept")
    return say(f"Nothing is wrong with it.\nVerdict: {'accept' if is_over else 'revise'}")


def refine(player: Player) -> Reply:
    """The draft as its review wants it."""
    stone, blocks = _get_stone(player), player.prompt.blocks
    _, is_wrong, should_be = blocks.get(REVIEW, "").rpartition(_SHOULD_BE)
    return say(stone.find_mark(should_be if is_wrong else blocks.get(DRAFT, "")) or _name(player, stone))


def _name(player: Player, stone: Stone) -> str:
    return stone.answer if player.is_right(stone.name) else _find_wrong(player, stone)


def _find_wrong(player: Player, stone: Stone) -> str:
    others = [mark for mark in stone.marks if mark != stone.answer]
    return others[player.choose(len(others), "wrong")]


def _get_stone(player: Player) -> Stone:
    goal = player.prompt.goal
    if isinstance(goal, Stone):
        return goal
    raise SetupError(
        "the simulated model reviews the answers to questions about stones alone, not those of other worlds"
    )
