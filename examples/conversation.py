"""A further question goes on from the env of the run before.

Prints:
    The word has 9 letters.
    Nine letters, as I said.
    4 pieces of content, 2 of them questions
"""

import asyncio

from agent_brain import Brain, ItemKind, ScriptedModel

SCRIPT = ["The word has 9 letters.", "Nine letters, as I said."]


async def run() -> None:
    brain = Brain("react_brief", model=ScriptedModel(SCRIPT))
    first = await brain.run("How many letters has 'Catalogue'?")
    second = await brain.run("Are you sure?", after=first.env)
    print(first.answer)
    print(second.answer)
    kinds = [item.kind for item in second.env.log if item.kind is not ItemKind.THOUGHT]
    print(f"{len(kinds)} pieces of content, {kinds.count(ItemKind.GOAL)} of them questions")


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
