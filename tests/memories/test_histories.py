"""Every history keeps the contract of memories."""

import re
from pathlib import Path
from typing import ClassVar

from hypothesis import given

from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.folded import read_folds
from agent_brain.memories.groups import PINNED
from agent_brain.memories.mask import Observed
from agent_brain.memories.outline import read_outline
from agent_brain.memories.token_budget import count_item
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import MEMORIES
from memories.logs import WIRES, Step, maintain, make_budget, make_env, steps
from memories.memory_contract import MemoryContract, house, tokens, wires


class TestMessages(MemoryContract):
    spec = "messages"
    unbounded = "messages"


class TestWhole(MemoryContract):
    spec = "whole"
    unbounded = "whole"


class TestWindow(MemoryContract):
    spec = "window(3)"
    unbounded = "window(1_000_000_000)"
    is_bounded = True

    def count_breaks(self, env: MemoryEnv) -> int:
        return len(read_outline(env).starts) // 2


class TestWindowOfOne(TestWindow):
    spec = "window(1)"

    def count_breaks(self, env: MemoryEnv) -> int:
        return len(read_outline(env).starts)


class TestTokenBudget(MemoryContract):
    spec = "budget(400)"
    unbounded = "budget(1_000_000_000)"
    is_bounded = True

    def count_breaks(self, env: MemoryEnv) -> int:
        return sum(map(count_item, env.log)) // 200 + len(read_outline(env).pinned)


class TestMask(MemoryContract):
    spec = "mask(2)"
    unbounded = "mask(1_000_000_000)"
    polling: ClassVar[int] = 1

    def count_breaks(self, env: MemoryEnv) -> int:
        seen = env.derive(Observed)
        seen.follow(env.log)
        return len(seen.places) // self.polling


class TestMaskWithPolling(TestMask):
    spec = "mask(2, polling=3)"
    polling = 3


class TestMaskOfRepeated(TestMask):
    spec = "mask(2, repeated='mask')"

    def count_breaks(self, env: MemoryEnv) -> int:
        seen = env.derive(Observed)
        seen.follow(env.log)
        return len(seen.places) + len(seen.outdated)


class TestSummary(MemoryContract):
    spec = "summary(0.5, keep=2)"
    unbounded = "summary"

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_whatever_persons_have_said_stands_word_for_word(self, done: list[Step], most: int, name: str) -> None:
        env, memory = make_env(done), make_memory(self.spec)
        maintain(memory, env, make_budget(WIRES[name], most))

        texts = "\n".join(item.text for item in memory.render(env, Lens()))
        assert [item.text for item in env.log if item.kind in PINNED and item.text not in texts] == []


class TestFold(MemoryContract):
    spec = "fold"
    unbounded = "fold"

    def count_breaks(self, env: MemoryEnv) -> int:
        return len(read_folds(env).branches)

    def is_folded(self, env: MemoryEnv, item: Item) -> bool:
        return any(opened <= item.seq for opened, _ in read_folds(env).branches)


class TestState(MemoryContract):
    spec = "state"
    rests = False
    is_bounded = True


class TestMaskWithOverlays(MemoryContract):
    spec = "mask(2)+todo+plan"
    rests = False


class TestSummaryWithNotes(MemoryContract):
    spec = "summary(0.5, keep=2)+notes"
    rests = False


class TestWindowWithConsolidate(MemoryContract):
    spec = "window(3)+consolidate+goal"
    rests = False
    is_bounded = True


class TestFoldWithLessons(MemoryContract):
    spec = "fold+lessons"
    rests = False

    def is_folded(self, env: MemoryEnv, item: Item) -> bool:
        return any(opened <= item.seq for opened, _ in read_folds(env).branches)


class TestLongShort(TestWindow):
    spec = "long_short('memory', groups=3)"
    unbounded = "long_short('memory', groups=1_000_000_000)"


HELD = re.compile(r'^class Test\w+\(\w+\):\n(?:    """.*\n\n?)?    spec(?:: ClassVar\[str\])? = f?"(\w+)', re.MULTILINE)
"""A class of tests, in whatever file here, and the history that it is of."""


def test_each_history_is_held_to_the_contract() -> None:
    pages = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py")]
    held = {name for page in pages for name in HELD.findall(page)}
    missing = sorted(MEMORIES.keys() - held)
    assert not missing, f"no class of tests/memories inherits MemoryContract with the spec of {', '.join(missing)}"
