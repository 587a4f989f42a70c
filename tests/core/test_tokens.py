"""Tokens counted by characters: never fewer than real tokenizers make, and not absurdly many more."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.context import SCALE_MAX, SCALE_MIN, Context
from agent_brain.core.items import Message
from agent_brain.core.tokens import ANY, MESSAGE_TOKENS, count_characters, count_prompt
from agent_brain.models.families import FAMILIES, find_weights

KEPT = Path(__file__).parent.parent / "data/tokens"
COUNTS: dict[str, dict[str, int]] = json.loads((KEPT / "counts.json").read_text(encoding="utf-8"))
"""What `benchmarks/tokens.py --write` counted."""
MODELS = {
    "o200k_base": "gpt-4.1-mini",
    "cl100k_base": "gpt-4-0613",
    "llama3": "meta-llama/Llama-3.3-70B-Instruct",
    "qwen3": "Qwen/Qwen3-8B",
    "qwen-3.5": "qwen3.5:9b",
    "tekken": "mistral-small-latest",
    "mistral_v3": "open-mixtral-8x22b",
    "deepseek-v3.2": "deepseek-chat",
    "deepseek-v4": "deepseek-v4-flash",
    "minimax-m3": "MiniMax-M3",
}
CASES = [(name, tokenizer) for name, counts in COUNTS.items() for tokenizer in counts]
WANTED = {"english", "code", "json", "german", "chinese", "emoji"}


def read(name: str) -> str:
    return (KEPT / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "tokenizer"), CASES)
def test_a_model_of_which_nothing_is_known_is_never_counted_too_low(name: str, tokenizer: str) -> None:
    assert COUNTS.keys() >= WANTED
    assert ANY.count(read(name)) >= COUNTS[name][tokenizer]


@pytest.mark.parametrize(("name", "tokenizer"), [case for case in CASES if case[1] in MODELS])
def test_a_model_of_a_known_family_is_counted_closer_and_not_too_low(name: str, tokenizer: str) -> None:
    weights = find_weights(MODELS[tokenizer])

    assert COUNTS[name][tokenizer] <= weights.count(read(name)) <= 1.05 * ANY.count(read(name))
    assert weights is not ANY


@pytest.mark.parametrize("name", ["english", "code", "json", "german"])
def test_what_agents_mostly_read_is_counted_at_most_twice(name: str) -> None:
    assert max(ANY.count(read(name)) / count for count in COUNTS[name].values()) < 2


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gemini-2.5-pro", "deepseek-r1-distill-qwen-7b", "tiny", ""])
def test_a_name_that_no_family_knows_is_counted_by_what_holds_for_all(model: str) -> None:
    assert find_weights(model) is ANY


@pytest.mark.parametrize(("model", "family"), [("gpt-4", "cl100k"), ("gpt-4o", "o200k"), ("o3-mini", "o200k")])
def test_models_of_one_server_may_be_of_two_families(model: str, family: str) -> None:
    assert find_weights(model) is next(weights for name, _, weights in FAMILIES if name == family)


@given(st.text(), st.text())
def test_a_longer_text_takes_at_least_as_many_tokens(text: str, more: str) -> None:
    assert 0 < ANY.count(text) <= ANY.count(text + more) <= ANY.count(text) + ANY.count(more)


@given(st.text(st.characters(codec=None)))
def test_no_character_takes_more_than_the_bound(text: str) -> None:
    assert ANY.count(text) <= 4.2 * len(text) + 1


def test_a_prompt_is_its_messages_its_calls_and_its_tools() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    messages: list[Message] = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    tools = [{"type": "function", "function": {"name": "add"}}]

    bare = count_prompt(messages[:1], (), ANY.count)

    assert bare == 2 * MESSAGE_TOKENS + ANY.count("Hello")
    assert count_prompt(messages, (), ANY.count) > bare + MESSAGE_TOKENS
    assert count_prompt(messages, tools, ANY.count) > count_prompt(messages, (), ANY.count)
    assert count_characters(messages) == len("Hello") + len("add") + len('{"a": 1}')


def test_the_reasoning_of_a_call_counts_for_it_is_sent_back() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    plain: Message = {"role": "assistant", "content": "So", "tool_calls": [call]}
    thought: Message = {**plain, "reasoning": "Two and three."}

    assert count_characters([thought]) - count_characters([plain]) == len("Two and three.")
    more = count_prompt([thought], (), ANY.count) - count_prompt([plain], (), ANY.count)
    assert more == ANY.count("Two and three.")


@pytest.mark.parametrize(
    ("counted", "reported", "scale"), [(0, 0, 1.0), (1000, 500, 0.55), (1000, 3, SCALE_MIN), (1, 1000, SCALE_MAX)]
)
def test_what_a_server_reports_scales_the_count_within_reason(counted: int, reported: int, scale: float) -> None:
    assert Context(0, 0, counted, reported).scale == pytest.approx(scale)
