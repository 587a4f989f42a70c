"""Where a question comes from: the arguments, a file or standard input."""

import io
import sys
from pathlib import Path

from agent_brain.cli.plain_text import replace_surrogates
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import SetupError

STDIN = "-"
HOW_TO_ASK = 'wanted text: agent-brain ask "What is 2 + 3?", or --file FILE, or text piped in'


def read_question(words: list[str] | None, file: str | None) -> str:
    """The question, as text that UTF-8 can carry. Raises: SetupError where there is none."""
    if words and file:
        raise SetupError("both a question and --file were given; wanted one of them")
    if file and file != STDIN:
        question = _read_file(Path(file))
    elif words and words != [STDIN]:
        question = _mend(" ".join(words))
    elif words or file or not sys.stdin.isatty():
        question = _decode(_read_stdin(), "standard input")
    else:
        raise SetupError(f"there is no question; {HOW_TO_ASK}")
    if not question.strip():
        raise SetupError(f"the question is empty; {HOW_TO_ASK}")
    return question.strip()


def _read_file(file: Path) -> str:
    try:
        return _decode(file.read_bytes(), str(file))
    except OSError as error:
        raise SetupError(f"the question file {file} cannot be read: {error.strerror or error}") from error


def _read_stdin() -> bytes:
    stdin = sys.stdin
    return stdin.buffer.read() if isinstance(stdin, io.TextIOWrapper) else stdin.read().encode()


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        print_notice(
            f"{where} is not UTF-8 (byte {error.start}); what could not be read is shown as \N{REPLACEMENT CHARACTER}"
        )
        return data.decode("utf-8-sig", "replace")


def _mend(question: str) -> str:
    mended = replace_surrogates(question)
    if mended != question:
        print_notice("the question holds bytes that are no text; they are shown as \N{REPLACEMENT CHARACTER}")
    return mended
