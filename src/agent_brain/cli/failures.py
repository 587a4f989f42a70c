"""What a person can do about a failure."""

from collections.abc import Mapping

from agent_brain.core.errors import (
    BrainError,
    Fenced,
    ModelError,
    ModelErrorKind,
    NetChanged,
    RunBusy,
    RunExists,
    RunKept,
    StoreBroken,
    StoreDown,
    StoreError,
    TimeUp,
)

HINTS: Mapping[ModelErrorKind, str] = {
    ModelErrorKind.AUTHENTICATION: "put a key that the server takes into OPENAI_API_KEY (or what --api-key-env names)",
    ModelErrorKind.NOT_FOUND: "check --model and --base-url (most end in /v1)",
    ModelErrorKind.BAD_REQUEST: "check --model and the table model_options of your settings file; with --wire native,"
    " --wire auto finds out whether it was the tools",
    ModelErrorKind.CONTEXT_LENGTH: "ask in fewer words, offer fewer tools (--tools NAME, --no-tools), use a model with"
    " a longer context, or --context-tokens",
    ModelErrorKind.CONTENT_FILTER: "the server's filter stopped it: ask in other words, or use another model",
    ModelErrorKind.QUOTA: "the account has nothing left; waiting does not help",
    ModelErrorKind.RATE_LIMIT: "too many requests: wait a while, or use another server",
    ModelErrorKind.SERVER: "the server failed; try again, or look at its log",
    ModelErrorKind.CONNECTION: "is the server running, and is --base-url right?",
    ModelErrorKind.TIMEOUT: "the server was too slow or fell silent; try again, or use a smaller model",
    ModelErrorKind.CUT: "the connection broke in the middle of a reply; try again",
    ModelErrorKind.PROTOCOL: "this is no OpenAI-compatible server: check --base-url (most end in /v1) and any proxy",
    ModelErrorKind.NO_TOOLS: "use --wire text or --wire auto; `agent-brain models check` shows what the server takes",
    ModelErrorKind.BROKEN_CALL: "the server cannot read its own model's calls: use --wire text",
    ModelErrorKind.EMPTY: "the model said nothing at all; try again, or use another model",
}

STORE_HINTS: Mapping[type[StoreError], str] = {
    RunBusy: "`agent-brain runs tail RUN` follows a run that another process drives",
    RunKept: "`agent-brain runs history RUN` shows which runs need each other, `runs show RUN` what one waits for;"
    " `runs rm` takes --with-forks and --drop-waits",
    RunExists: "`runs import --as RUN` gives it another name",
    Fenced: "nothing is lost: `agent-brain runs tail RUN` follows the other process",
    NetChanged: "give what it was asked with (--net, --instructions), or go on with this one: --allow-net-change",
    StoreDown: "what was written before is kept; free the disk or the lock, or start the server, and resume the run",
    StoreBroken: "name another place with --store, or keep nothing with --no-journal",
}

NEXT_COMMANDS: Mapping[ModelErrorKind, str] = {
    ModelErrorKind.NOT_FOUND: "; `agent-brain models list` names all",
    ModelErrorKind.CONNECTION: " try `agent-brain models check`",
}


def find_hint(error: BrainError | None) -> str:
    """How to mend it, in one line; an empty text where the error says so itself."""
    if isinstance(error, ModelError):
        return HINTS[error.kind]
    if isinstance(error, TimeUp):
        return "give it more time with --limit seconds=... or --limit answer_seconds=..."
    return STORE_HINTS.get(type(error), "") if isinstance(error, StoreError) else ""


def find_run_hint(error: BrainError | None) -> str:
    """As `find_hint`, after a run: with the command that tells more."""
    more = NEXT_COMMANDS.get(error.kind, "") if isinstance(error, ModelError) else ""
    return find_hint(error) + more
