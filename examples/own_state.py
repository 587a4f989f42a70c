"""A new way of thinking is a class and a row: a state that doubts every result before the model goes on.

Prints:
    reasoning -> action -> doubt -> reasoning -> answer -> end
"""

import asyncio

from agent_brain import Brain, ItemKind, MemoryEnv, Moved, ScriptedModel, SpeakingState, StateType, react, tool
from agent_brain.core.ports import Reply

SCRIPT = ['{"name": "add", "args": {"a": 2, "b": 3}}', "2 + 3 is 5: it holds.", "I know it.", "5"]


class DoubtState(SpeakingState):
    """Asks the model whether the last result can be true."""

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        env.add(ItemKind.REFLECTION, reply.text)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(StateType.REASONING, "the result was doubted")


careful = react.extend(
    "careful",
    {"doubt": DoubtState(directive="Can the last result be true? Say why.")},
    moves={StateType.ACTION: {"doubt"}, "doubt": {StateType.REASONING}},
)


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def run() -> None:
    path = [StateType.REASONING.value]
    async for event in Brain(careful, tools=[add], model=ScriptedModel(SCRIPT)).stream("What is 2 + 3?"):
        if isinstance(event, Moved):
            path.append(str(event.target))
    print(" -> ".join(path))


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
