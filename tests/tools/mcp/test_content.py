"""What is not text is described, and nothing is said twice."""

from typing import Any

import pytest
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from agent_brain.tools.mcp.content import show_result

DATA = "MTIzNDU="


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (TextContent(text="hello"), "hello"),
        (ImageContent(data=DATA, mime_type="image/png"), "[image, image/png, 5 bytes, not shown]"),
        (AudioContent(data=DATA, mime_type="audio/wav"), "[audio, audio/wav, 5 bytes, not shown]"),
        (ResourceLink(uri="file:///a", name="a", mime_type="text/x"), "[link to a resource: file:///a (a, text/x)]"),
        (EmbeddedResource(resource=TextResourceContents(uri="a:b", text="words")), "[resource a:b]\nwords"),
        (
            EmbeddedResource(resource=BlobResourceContents(uri="a:b", blob=DATA)),
            "[resource a:b, of no known type, 5 bytes, not shown]",
        ),
    ],
)
def test_each_kind_of_content(block: Any, text: str) -> None:
    assert show_result(CallToolResult(content=[block])) == text


@pytest.mark.parametrize(
    ("texts", "structured", "shown"),
    [
        ([], {"x": 1}, '{"x": 1}'),
        (['{"x":1}'], {"x": 1}, '{"x":1}'),
        (["5"], {"result": 5}, "5"),
        (["five"], {"result": "five"}, "five"),
        (["some words"], {"content": "some words"}, "some words"),
        (['[{"x": 1}]'], {"entities": [{"x": 1}]}, '[{"x": 1}]'),
        (["a", "b"], {"result": ["a", "b"]}, "a\nb"),
        (["It is mild."], {"degrees": 18}, 'It is mild.\n{"degrees": 18}'),
        ([], None, "(no result)"),
    ],
)
def test_structured_content_is_added_where_no_text_says_it(texts: list[str], structured: Any, shown: str) -> None:
    blocks: list[Any] = [TextContent(text=text) for text in texts]
    assert show_result(CallToolResult(content=blocks, structured_content=structured)) == shown
