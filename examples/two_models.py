"""Reasoning and answering may use different models.

Prints:
    thinker was asked 1 time, writer 1 time
    Well, the answer is 42.
"""

from agent_brain import Brain, ScriptedModel


def main() -> None:
    thinker = ScriptedModel(["It must be 42."], name="thinker")
    writer = ScriptedModel(["Well, the answer is 42."], name="writer")
    result = Brain(reasoning_model=thinker, answering_model=writer, model="offline").run_sync("What is it?")
    print(f"thinker was asked {len(thinker.calls)} time, writer {len(writer.calls)} time")
    print(result.answer)


if __name__ == "__main__":
    main()
