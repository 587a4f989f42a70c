"""What servers say where a prompt does not fit: the kind of error, and the sizes that they tell."""

from typing import Any

import pytest

from agent_brain.core.errors import ModelErrorKind, PromptSizes
from agent_brain.models.model_errors import Origin

ORIGIN = Origin("some-model", "server.example")

SAID: dict[str, tuple[int, dict[str, Any] | str, PromptSizes | None]] = {
    "openai": (
        400,
        {
            "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 8202 "
            "tokens. Please reduce the length of the messages.",
            "type": "invalid_request_error",
            "code": "context_length_exceeded",
        },
        PromptSizes(8192, 8202),
    ),
    "openai with functions": (
        400,
        {
            "message": "This model's maximum context length is 8192 tokens. However, you requested 8213 tokens (6683 "
            "in the messages, 730 in the functions, and 800 in the completion). Please reduce the length.",
            "code": "context_length_exceeded",
        },
        PromptSizes(8192, 6683, 800),
    ),
    "openai, the limit of input": (
        400,
        {"message": "Input tokens exceed the configured limit of 272000 tokens.", "code": "context_length_exceeded"},
        PromptSizes(272000),
    ),
    "azure": (
        400,
        {
            "message": "This model's maximum context length is 16385 tokens, however you requested 17000 tokens (16000 "
            "in your prompt; 1000 for the completion). Please reduce your prompt; or completion length.",
            "innererror": {"code": "context_length_exceeded"},
        },
        PromptSizes(16385, 16000, 1000),
    ),
    "deepseek": (
        400,
        {
            "message": "This model's maximum context length is 131072 tokens. However, you requested 131134 tokens "
            "(122942 in the messages, 8192 in the completion). Please reduce the length of the messages or completion.",
            "type": "invalid_request_error",
            "code": "invalid_request_error",
        },
        PromptSizes(131072, 122942, 8192),
    ),
    "vllm": (
        400,
        {
            "message": "You passed 1015 input tokens and requested 10 output tokens. However, the model's context "
            "length is only 1024 tokens, resulting in a maximum input length of 1014 tokens.",
            "type": "BadRequestError",
            "param": "input_tokens",
            "code": 400,
        },
        PromptSizes(1024, 1015, 10),
    ),
    "vllm, which counts no further than it must": (
        400,
        {
            "message": "This model's maximum context length is 262144 tokens. However, you requested 128000 output "
            "tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens.",
        },
        PromptSizes(262144, None, 128000),
    ),
    "sglang": (
        400,
        {
            "message": "Requested token count exceeds the model's maximum context length of 202752 tokens. You "
            "requested a total of 202941 tokens: 170941 tokens from the input messages and 32000 tokens for the "
            "completion.",
        },
        PromptSizes(202752, 170941, 32000),
    ),
    "sglang, the input alone": (
        400,
        {"message": "The input (61709 tokens) is longer than the model's context length (40960 tokens)."},
        PromptSizes(40960, 61709),
    ),
    "llama.cpp": (
        400,
        {
            "code": 400,
            "message": "the request exceeds the available context size, try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 14429,
            "n_ctx": 8192,
        },
        PromptSizes(8192, 14429),
    ),
    "llama.cpp, by words alone": (
        400,
        {"message": "request (4412 tokens) exceeds the available context size (4096 tokens), try increasing it"},
        PromptSizes(4096, 4412),
    ),
    "llama.cpp, older": (
        500,
        {
            "code": 500,
            "message": "the request exceeds the available context size. try increasing the context size",
            "type": "server_error",
        },
        None,
    ),
    "ollama": (400, {"message": "prompt too long; exceeded max context length by 5 tokens"}, None),
    "openrouter": (
        400,
        {
            "message": "This endpoint's maximum context length is 131072 tokens. However, you requested about 138956 "
            "tokens (7884 of text input, 131072 in the output). Please reduce the length of either one.",
            "code": 400,
        },
        PromptSizes(131072, 7884, 131072),
    ),
    "anthropic": (
        400,
        {"type": "invalid_request_error", "message": "prompt is too long: 202128 tokens > 200000 maximum"},
        PromptSizes(200000, 202128),
    ),
    "anthropic, with the reply": (
        400,
        {
            "type": "invalid_request_error",
            "message": "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input "
            "length or `max_tokens` and try again",
        },
        PromptSizes(200000, 178959, 64000),
    ),
    "mistral": (
        400,
        {"message": "Prompt contains 40961 tokens, too large for model with 32768 maximum context length"},
        PromptSizes(32768, 40961),
    ),
    "groq": (
        400,
        {
            "message": "Please reduce the length of the messages or completion.",
            "type": "invalid_request_error",
            "code": "context_length_exceeded",
        },
        None,
    ),
    "groq, more than a minute has": (
        413,
        {
            "message": "Request too large for model `llama-3.3-70b-versatile` in organization `org_0` service tier "
            "`on_demand` on tokens per minute (TPM): Limit 6000, Requested 14810, please reduce your message size.",
            "type": "tokens",
            "code": "rate_limit_exceeded",
        },
        PromptSizes(6000, 14810),
    ),
    "together": (
        422,
        {
            "message": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9041 "
            "`inputs` tokens and 512 `max_new_tokens`",
            "type": "invalid_request_error",
        },
        PromptSizes(8193, 9041, 512),
    ),
    "gemini": (
        400,
        {
            "code": 400,
            "message": "The input token count (314175) exceeds the maximum number of tokens allowed (131072).",
            "status": "INVALID_ARGUMENT",
        },
        PromptSizes(131072, 314175),
    ),
    "xai": (
        400,
        "This model's maximum prompt length is 131072 but the request contains 136973 tokens.",
        PromptSizes(131072, 136973),
    ),
    "lm studio": (
        400,
        "Trying to keep the first 10136 tokens when context the overflows. However, the model is loaded with context "
        "length of only 7866 tokens, which is not enough.",
        PromptSizes(7866, 10136),
    ),
}
"""By server: the status, what `error` holds, and the sizes in it."""


@pytest.mark.parametrize("server", SAID)
def test_a_prompt_that_is_too_long_is_understood_with_its_sizes(server: str) -> None:
    status, fault, sizes = SAID[server]

    error = ORIGIN.read_body({"error": fault}, status=status)

    assert error.kind is ModelErrorKind.CONTEXT_LENGTH
    assert error.sizes == sizes
    assert not error.retryable


@pytest.mark.parametrize("server", SAID)
def test_the_same_words_inside_a_stream_mean_the_same(server: str) -> None:
    _, fault, sizes = SAID[server]

    error = ORIGIN.read_body({"error": fault})

    assert (error.kind, error.sizes) == (ModelErrorKind.CONTEXT_LENGTH, sizes)


@pytest.mark.parametrize(
    "words",
    [
        "Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.",
        "The server is overloaded, try again later",
    ],
)
def test_other_limits_are_not_taken_for_the_context(words: str) -> None:
    error = ORIGIN.read_body({"error": {"message": words}}, status=429)

    assert error.kind is not ModelErrorKind.CONTEXT_LENGTH
    assert error.sizes is None
