"""Everything that happens in a run is an event: who says what, which tool, which move.

Prints:
    -> reasoning
    -> action
       add(a=2.0, b=3.0)
       = 5.0
    -> reasoning
    -> answer
    -> end
    answered: 2 + 3 = 5
"""

import asyncio

from agent_brain import ActionFinished, Brain, Chunk, ChunkKind, Ended, Entered, Moved, ScriptedModel, tool

SCRIPT = ['I add. {"name": "add", "args": {"a": 2.0, "b": 3.0}}', "I have the sum.", "2 + 3 = 5"]


@tool
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


async def run() -> None:
    brain = Brain(tools=[add], model=ScriptedModel(SCRIPT))
    async for event in brain.stream("What is 2 + 3?"):
        match event:
            case Entered(state="reasoning", step=1):
                print("-> reasoning")
            case Chunk(text=text, kind=ChunkKind.ACTION):
                print(f"   {text}")
            case ActionFinished(outcome=outcome):
                print(f"   = {outcome.text}")
            case Moved(target=target):
                print(f"-> {target}")
            case Ended(status=status, answer=answer):
                print(f"{status}: {answer}")


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
