"""Importing the package is cheap and does nothing."""

import subprocess
import sys

HEAVY = [
    "openai",
    "httpx",
    "httpx2",
    "aiohttp",
    "typer",
    "rich",
    "click",
    "json_repair",
    "docstring_parser",
    "numpy",
    "mcp",
    "mcp_types",
    "anyio",
    "jsonschema",
    "sqlite3",
    "asyncpg",
]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_no_sdk_no_http_library_no_terminal_library_and_no_database() -> None:
    code = f"import sys; from agent_brain import Brain, tool; print([name for name in {HEAVY} if name in sys.modules])"

    loaded = run(code)

    assert loaded.strip() == "[]"


def test_the_package_itself_loads_nothing() -> None:
    loaded = run("import sys, agent_brain; print([n for n in sys.modules if n.startswith('agent_brain.')])")

    assert loaded.strip() == "[]"


def test_import_prints_nothing_and_reads_no_environment() -> None:
    assert run("from agent_brain import Brain") == ""


def test_everything_that_the_package_names_is_there() -> None:
    assert run("import agent_brain as a; print([n for n in a.__all__ if not hasattr(a, n)])").strip() == "[]"
