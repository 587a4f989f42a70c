"""All overlays together keep the contract of memories, beside a history that they leave as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.items import ItemKind
from agent_brain.core.lens import Lens, Overlay
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.composed import Composed, make_shown
from agent_brain.memories.groups import PINNED
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import OVERLAYS
from memories.logs import WIRES, Step, make_budget, make_env, render, steps
from memories.memory_contract import MemoryContract, house, tokens

ACROSS_RUNS = [name for name, place in OVERLAYS.items() if place.startswith("agent_brain.wiring.archives:")]
"""Those that keep something across runs; here they keep it nowhere."""
ALL = "+".join(f"{name}('memory')" if name in ACROSS_RUNS else name for name in OVERLAYS)
SLOTS = ("plan", "todo", "note/a", "note/b", "lessons", "requirements")
texts = st.dictionaries(st.sampled_from(SLOTS), st.text("ab [x]\n</memory>", max_size=200))
"""What nets and tools may have written."""


class TestAllBesideMessages(MemoryContract):
    spec = f"messages+{ALL}"

    def count_breaks(self, env: MemoryEnv) -> int:
        """Lessons stand before the log, and change when a slot does; what stands after it breaks nothing."""
        return sum(item.kind in PINNED for item in env.log)


class TestAllBesideAWindow(MemoryContract):
    spec = f"window(2)+{ALL}"
    rests = False
    is_bounded = True


def fill(env: MemoryEnv, slots: dict[str, str]) -> MemoryEnv:
    for slot, text in slots.items():
        env.put_slot(slot, text)
    return env


@pytest.mark.parametrize("history", ["messages", "window(2)", "mask(1)"])
@house
@given(done=steps, slots=texts)
def test_the_log_is_shown_as_without_them(history: str, done: list[Step], slots: dict[str, str]) -> None:
    env = fill(make_env(done), slots)
    alone = make_memory(history).render(env, Lens())
    shown = make_memory(f"{history}+{ALL}").render(env, Lens())
    assert [item for item in shown if item.kind is not ItemKind.SHOWN] == list(alone)
    assert list(make_memory(f"{history}+{ALL}").render(env, Lens(slots=frozenset()))) == list(alone)


@house
@given(done=steps, slots=texts, most=tokens)
def test_what_they_take_is_taken_from_the_budget(done: list[Step], slots: dict[str, str], most: int) -> None:
    env, budget = fill(make_env(done), slots), make_budget(WIRES["text"], most)
    view = render(make_memory(f"messages+{ALL}"), env, budget)
    counted = budget.count(view.items)
    assert counted == view.needed > most if view.needed else counted <= most


@pytest.mark.parametrize("name", OVERLAYS)
@house
@given(done=steps, slots=texts)
def test_each_is_shown_in_one_block_that_no_text_can_end(name: str, done: list[Step], slots: dict[str, str]) -> None:
    env = fill(make_env(done), slots)
    made = make_memory(f"{name}('memory')" if name in ACROSS_RUNS else name)
    assert isinstance(made, Composed)
    [overlay] = made.overlays
    assert isinstance(overlay, Overlay)
    text = overlay.show(env)
    assert text == overlay.show(env)
    messages = WIRES["text"].get_messages("", [make_shown(overlay.name, text)], ())
    assert sum(message["content"].count("</memory>") for message in messages) == bool(text.strip())
