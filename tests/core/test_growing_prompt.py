"""What a run's prompts are read by, one after the other. That it reads any as a whole is held by the tests of wires."""

from typing import Any

from agent_brain.core.digest import digest_messages, show_tools
from agent_brain.core.growing_prompt import GrowingPrompt
from agent_brain.core.tokens import count_characters

TOOLS = [{"type": "function", "function": {"name": "add"}}]


def test_a_late_step_reads_what_is_new_and_nothing_else() -> None:
    class Read(dict[str, Any]):
        """A message that knows how often it was read."""

        reads = 0

        def get(self, *args: Any) -> Any:
            self.reads += 1
            return super().get(*args)

    messages: list[Any] = [Read(role="user", content=str(number)) for number in range(100)]
    prompts = GrowingPrompt()
    assert prompts.digest(messages) == digest_messages(messages)
    before = [message.reads for message in messages]
    messages += [Read(role="assistant", content="new"), Read(role="user", content="newer")]
    digest, characters = prompts.digest(messages), prompts.count_characters(messages, TOOLS)
    assert [message.reads for message in messages[:99]] == before[:99]
    assert digest == digest_messages(messages)
    assert characters == count_characters(messages) + len(show_tools(TOOLS))


def test_other_tools_and_a_changed_prompt_are_read_as_they_are() -> None:
    prompts = GrowingPrompt()
    messages: list[Any] = [{"role": "user", "content": str(number)} for number in range(100)]
    for tools in (TOOLS, [], [*TOOLS, *TOOLS], TOOLS):
        messages = [*messages[:50], {"role": "user", "content": f"{len(tools)} tools"}, *messages[51:]]
        assert prompts.digest(messages) == digest_messages(messages)
        assert prompts.show_tools(tools) == (show_tools(tools) if tools else "")
        assert prompts.count_characters(messages, tools) == count_characters(messages) + len(show_tools(tools))
