"""A llama-architecture GGUF of half a megabyte with random weights, whose text is junk with steered statistics.

Hidden dimension 0 is a constant, so the output column 0 acts as a log-probability for each token: replies end after
some tens of tokens, and among the junk stand pieces of calls, whole ones too, since some of the tokens are such pieces.
"""

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

CONTEXT_TOKENS = 8192
WIDTH, LAYERS, HEADS, FEED_FORWARD = 64, 2, 4, 128
SPACE = "\u2581"

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

CALLING_TEMPLATE = (
    "{% if tools %}<|im_start|>system\n{% for t in tools %}{{ t | tojson }}\n{% endfor %}<|im_end|>\n{% endif %}"
    "{% for m in messages %}{% if m.role == 'assistant' %}<|im_start|>assistant\n{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}<tool_call>"
    '{{ \'{"name": "\' + c.function.name + \'", "arguments": \' }}'
    "{{ c.function.arguments if c.function.arguments is string else c.function.arguments | tojson }}"
    "{{ '}' }}</tool_call>{% endfor %}<|im_end|>\n"
    "{% elif m.role == 'tool' %}<|im_start|>user\nIts result: {{ m.content }}<|im_end|>\n"
    "{% else %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""With tools and calls of them, from which the server learns the form of a call, and holds the model to it."""

THINKING_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}<tool_call>\n"
    '{{ \'{"name": "\' + c.function.name + \'", "arguments": \' }}{{ c.function.arguments | tojson }}'
    "{{ '}' }}\n</tool_call>{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
"""Begins each reply with a thought, and shows those that it is sent back."""

PIECES = (
    '{"name":"add","args":{"a":2,"b":3}}',
    '{"name":"add","args":{"a":"two"}}',
    '{"name":"length_of","args":{"text":"',
    '{"name":"length","args":{}}',
    '{"name":',
    '"args":{',
    "```json",
    "<tool_call>",
    "<think>",
    "</think>",
)
"""What makes replies of this model look like calls: right, wrong, unknown and cut ones."""
LEANINGS = {"<0x0A>": -2.0, SPACE: 0.5, '"': 3.0, "{": 1.0, "}": 2.0, "<|im_end|>": 1.5} | dict.fromkeys(PIECES, 1.0)
"""How much likelier than a letter some tokens are."""
MARKS = {"<tool_call>": 4.0, "</tool_call>": -9.0}
"""The same of the tokens that begin and end a call, where the template knows them."""


def write_model(path: Path, seed: int = 1, *, takes_tools: bool = False, template: str = "") -> None:
    """Write the file; a server maps it into memory, so it must not be written again while one runs.

    A model that takes tools begins most of its replies with a call.
    """
    tokens = _tokens(MARKS if takes_tools else {})
    writer = gguf.GGUFWriter(str(path), "llama")
    _describe(writer, tokens, template or (CALLING_TEMPLATE if takes_tools else TEMPLATE))
    for name, tensor in _tensors([text for text, _ in tokens], _leanings(tokens), np.random.default_rng(seed)).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokens(marks: Mapping[str, float]) -> list[tuple[str, gguf.TokenType]]:
    kind = gguf.TokenType
    return [
        ("<unk>", kind.UNKNOWN),
        ("<s>", kind.CONTROL),
        ("</s>", kind.CONTROL),
        *((f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)),
        ("<|im_start|>", kind.CONTROL),
        ("<|im_end|>", kind.CONTROL),
        *((text, kind.NORMAL) for text in (SPACE, *map(chr, range(33, 127)), "é", "日", "🙂", f"{SPACE}the", "ing")),
        *((text, kind.NORMAL) for text in ("true", "false", "null", *PIECES) if text not in marks),
        *((text, kind.USER_DEFINED) for text in marks),
    ]


def _leanings(tokens: list[tuple[str, gguf.TokenType]]) -> NDArray[np.float32]:
    def lean(text: str, kind: gguf.TokenType) -> float:
        if kind is gguf.TokenType.USER_DEFINED:
            return MARKS[text]
        if text in LEANINGS:
            return LEANINGS[text]
        if kind is not gguf.TokenType.NORMAL:
            return -9.0
        return -2.5 if len(text) == 1 and not text.isalnum() else 0.0

    return np.array([lean(text, kind) for text, kind in tokens], np.float32)


def _describe(writer: gguf.GGUFWriter, tokens: list[tuple[str, gguf.TokenType]], template: str) -> None:
    names = [text for text, _ in tokens]
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(names))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(names)
    writer.add_token_scores([-float(place) for place in range(len(names))])
    writer.add_token_types([int(kind) for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(names.index("<|im_end|>"))
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(template)


def _tensors(
    names: list[str], leanings: NDArray[np.float32], random: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    def draw(*shape: int, scale: float = 0.2) -> NDArray[np.float32]:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    ones = np.ones(WIDTH, np.float32)
    inner, outer = draw(len(names), WIDTH, scale=1.0), draw(len(names), WIDTH, scale=0.08)
    inner[:, 0], outer[:, 0] = 8, leanings / 4
    tensors = {"token_embd.weight": inner, "output.weight": outer, "output_norm.weight": ones}
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        tensors |= {f"{block}.{name}.weight": ones for name in ("attn_norm", "ffn_norm")}
        tensors |= {
            f"{block}.{name}.weight": draw(WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")
        }
        tensors |= {f"{block}.{name}.weight": draw(FEED_FORWARD, WIDTH) for name in ("ffn_gate", "ffn_up")}
        tensors[f"{block}.ffn_down.weight"] = draw(WIDTH, FEED_FORWARD)
    return tensors
