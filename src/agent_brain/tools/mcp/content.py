"""What an MCP tool returned, as text for a model."""

import json
from collections.abc import Sequence
from typing import Any

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from agent_brain.tools.result_text import NO_RESULT, RESULT_CHARACTERS_MAX, cut_middle, make_safe


def show_result(result: CallToolResult) -> str:
    """Its texts in order, other content described in words, and structured content as JSON unless a text says it."""
    parts = [_show(block) for block in result.content]
    structured = result.structured_content
    if structured is not None and not _is_said(structured, [b.text for b in result.content if b.type == "text"]):
        parts.append(json.dumps(structured, ensure_ascii=False))
    return cut_middle(make_safe("\n".join(parts) or NO_RESULT), RESULT_CHARACTERS_MAX)


def _show(block: ContentBlock) -> str:
    match block:
        case TextContent():
            return block.text
        case ImageContent():
            return _describe("image", block.mime_type, block.data)
        case AudioContent():
            return _describe("audio", block.mime_type, block.data)
        case ResourceLink():
            about = ", ".join(filter(None, [block.name, block.mime_type, block.description]))
            return f"[link to a resource: {block.uri} ({about})]"
        case EmbeddedResource():
            return _show_resource(block.resource)


def _show_resource(resource: TextResourceContents | BlobResourceContents) -> str:
    if isinstance(resource, BlobResourceContents):
        return _describe(f"resource {resource.uri}", resource.mime_type, resource.blob)
    return f"[resource {resource.uri}]\n{resource.text}"


def _describe(what: str, mime_type: str | None, base64: str) -> str:
    """What cannot be shown to a model as text: kind, type and size."""
    size = len(base64.rstrip("=")) * 3 // 4
    return f"[{what}, {mime_type or 'of no known type'}, {size} bytes, not shown]"


def _is_said(structured: Any, texts: Sequence[str]) -> bool:
    """True where the texts say the same, as JSON or as the one value that servers have to wrap."""
    only = next(iter(structured.values())) if isinstance(structured, dict) and len(structured) == 1 else structured
    wanted = [structured, only]
    said = [_read(text) for text in texts]
    return bool(texts) and any(known in wanted for known in [*said, *texts, said, list(texts)])


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
