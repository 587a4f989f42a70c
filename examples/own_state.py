"""A new way of thinking is a class and a row: a state that doubts every result before the model goes on.

Prints:
    reasoning -> action -> doubt -> reasoning -> answer -> end
"""

import asyncio

from agent_brain import Brain, ItemKind, MemoryEnv, Moved, ScriptedModel, SpeakingState, StateType, react, tool

SCRIPT = ['{"name": "add", "args": {"a": 2, "b": 3}}', "2 + 3 is 5: it holds.", "I know it.", "5"]


class DoubtState(SpeakingState):
    """Asks the model whether the last result can be true."""

    def get_directive(self, env: MemoryEnv) -> str:
        return f"After {env.usage.tool_calls} tool calls: can the last result be true?"


doubt = DoubtState(then=StateType.REASONING, item=ItemKind.REFLECTION)
careful = react.extend("careful", {"doubt": doubt}, moves={StateType.ACTION: {"doubt"}})


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def run() -> None:
    path = ["reasoning"]
    async for event in Brain(careful, tools=[add], model=ScriptedModel(SCRIPT)).stream("What is 2 + 3?"):
        if isinstance(event, Moved):
            path.append(str(event.target))
    print(" -> ".join(path))


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
