"""What the MCP conformance suite finds in a served brain; most of it asks for the suite's own example server."""

from collections.abc import Mapping

Expected = Mapping[str, tuple[int, int, str]]

EXAMPLE = (
    "it asks for a tool, prompt or resource of the suite's own example server; a served brain has `ask` and `reply`"
)
NOT_OFFERED = "a served brain offers no such method, and says so"
POLLING = "its streams are not kept for a client that comes back; and it calls a tool of the suite's own example server"
PASSED: Mapping[str, int] = {
    "server-initialize": 1, "ping": 1, "tools-list": 1, "server-sse-multiple-streams": 2, "resources-list": 1,
    "prompts-list": 1, "dns-rebinding-protection": 2,
}  # fmt: skip
VACUOUS: Mapping[str, int] = {"tools-call-simple-text": 1, "tools-call-error": 1}
"""Passed by refusing a tool that is not there."""
FAILED: Mapping[str, str] = {
    **dict.fromkeys(
        [
            "tools-call-image", "tools-call-audio", "tools-call-embedded-resource", "tools-call-mixed-content",
            "tools-call-with-progress", "tools-call-sampling", "tools-call-elicitation", "json-schema-2020-12",
            "elicitation-sep1034-defaults", "elicitation-sep1330-enums", "resources-read-text",
            "resources-read-binary", "resources-templates-read", "prompts-get-simple", "prompts-get-with-args",
            "prompts-get-embedded-resource", "prompts-get-with-image",
        ],
        EXAMPLE,
    ),
    **dict.fromkeys(
        [
            "logging-set-level", "completion-complete", "tools-call-with-logging", "resources-subscribe",
            "resources-unsubscribe",
        ],
        NOT_OFFERED,
    ),
}  # fmt: skip
EXPECTED_SERVED: Expected = {
    **{name: (passed, 0, "") for name, passed in {**PASSED, **VACUOUS}.items()},
    **{name: (0, 1, why) for name, why in FAILED.items()},
    "server-sse-polling": (0, 3, POLLING),
}
