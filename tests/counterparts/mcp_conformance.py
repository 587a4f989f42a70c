"""Runs all scenarios of the official MCP conformance suite, with our client and a served brain, and prints a table.

python -m counterparts.mcp_conformance (in the folder tests, or: make conformance)

Exits with 1 where anything is other than `EXPECTED` says, better or worse.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from counterparts.mcp_conformance_client import serve, write_relay
from counterparts.mcp_conformance_served import EXPECTED_SERVED, Expected
from counterparts.npm import find_node, get_programs, make_env
from tools.mcp.serving import find_free_port, wait_for_port

SUITE = "@modelcontextprotocol/conformance"
OWN_NETWORK = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "_"]
"""The suite's servers listen at all addresses: where the system lets us, they see no network but the loopback."""
INSIDE = "AGENT_BRAIN_INSIDE"
SECONDS = 120
WHOLE: Mapping[str, int] = {
    "auth/2025-03-26-oauth-endpoint-fallback": 8,
    "auth/basic-cimd": 14,
    "auth/client-credentials-basic": 10,
    "auth/client-credentials-jwt": 10,
    "auth/cross-app-access-complete-flow": 10,
    "auth/metadata-default": 14,
    "auth/metadata-var1": 14,
    "auth/metadata-var2": 14,
    "auth/metadata-var3": 14,
    "auth/offline-access-not-supported": 15,
    "auth/offline-access-scope": 14,
    "auth/pre-registration": 14,
    "auth/resource-mismatch": 2,
    "auth/scope-from-scopes-supported": 15,
    "auth/scope-from-www-authenticate": 15,
    "auth/scope-omitted-when-undefined": 15,
    "auth/scope-retry-limit": 16,
    "auth/scope-step-up": 21,
    "auth/token-endpoint-auth-basic": 19,
    "auth/token-endpoint-auth-none": 19,
    "auth/token-endpoint-auth-post": 19,
    "initialize": 1,
    "sse-retry": 3,
    "tools_call": 1,
}
"""How many checks each scenario has that is passed whole."""
FAILED: Mapping[str, tuple[int, int, str]] = {
    "auth/2025-03-26-oauth-metadata-backcompat": (
        1,
        3,
        "the server's metadata names another issuer than the place it was got from, and the SDK goes no further: "
        "such a mismatch is what an attack by mixing servers up looks like (RFC 8414, section 3.3)",
    ),
    "elicitation-sep1034-client-defaults": (
        5,
        1,
        "a question ends the call, because a person may take days, and the call is made anew with the reply: the suite "
        "counts the first, ended call as a failure and the second one's five checks as passed",
    ),
}
"""Checks that are passed, checks that are not, and why not."""
EXPECTED: Mapping[str, tuple[int, int, str]] = {**{name: (passed, 0, "") for name, passed in WHOLE.items()}, **FAILED}


TIMED = ("sse-retry",)
"""Scenarios with a clock, in which a busy machine is late: one that came out otherwise is run once more, by itself."""


async def run_suite(folder: Path) -> dict[str, tuple[int, int, list[str]]]:
    """Each scenario's checks: how many were passed, how many not, and what was said of those."""
    relay = write_relay(folder)
    server = await asyncio.start_unix_server(serve, folder / "socket")
    async with server:
        found = await run_clients(folder / "out", relay, "--suite", "all")
        for name in TIMED:
            if found.get(name, (0, 0, []))[:2] != EXPECTED[name][:2]:
                found |= await run_clients(folder / name, relay, "--scenario", name)
    return found


async def run_clients(out: Path, relay: str, *which: str) -> dict[str, tuple[int, int, list[str]]]:
    """What came of these scenarios."""
    program = get_programs(SUITE) / "conformance"
    command = [find_node(), str(program), "client", *which, "-o", str(out), "--command", relay]
    suite = await asyncio.create_subprocess_exec(
        *command, env=make_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await asyncio.wait_for(suite.wait(), SECONDS)
    return {name: read_checks(file) for name, file in find_results(out)}


async def run_served(folder: Path) -> dict[str, tuple[int, int, list[str]]]:
    """As `run_suite`, with a served brain in the place of a client."""
    port = str(find_free_port())
    flags = ("mcp", "--model", "offline", "--no-journal", "--port", port)
    brain = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("agent-brain")), *flags, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await wait_for_port(int(port), brain)
        program = str(get_programs(SUITE) / "conformance")
        command = [find_node(), program, "server", "--suite", "all", "-o", str(folder / "served")]
        suite = await asyncio.create_subprocess_exec(
            *command, "--url", f"http://127.0.0.1:{port}/mcp", env=make_env(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.wait_for(suite.wait(), SECONDS)
    finally:
        brain.terminate()
        await brain.wait()
    found = find_results(folder / "served")
    return {name.removeprefix("server-"): read_checks(file) for name, file in found}


def find_results(out: Path) -> list[tuple[str, Path]]:
    """Each scenario's file; the folder's name ends with the time."""
    files = out.rglob("checks.json")
    return sorted((str(file.parent.relative_to(out))[: -len("-2026-11-21T14-50-51-469Z")], file) for file in files)


def read_checks(file: Path) -> tuple[int, int, list[str]]:
    """What was passed and what was not; warnings count as not."""
    checks = json.loads(file.read_text())
    bad = [check for check in checks if check["status"] in ("FAILURE", "WARNING")]
    said = [f"{check['id']}: {check.get('errorMessage') or check['description']}" for check in bad]
    return sum(check["status"] == "SUCCESS" for check in checks), len(bad), said


def show(found: Mapping[str, tuple[int, int, list[str]]], expected: Expected) -> bool:
    """The table; True where it is as it should be."""
    is_same = found.keys() == expected.keys()
    for name in sorted({*found, *expected}):
        passed, failed, said = found.get(name, (0, 0, ["it was not run"]))
        wanted = expected.get(name, (0, 0, ""))
        is_met = (passed, failed) == wanted[:2]
        is_same = is_same and is_met
        print(f"{name:48} {passed:3} passed {failed:3} failed  {'' if is_met else f'EXPECTED {wanted[:2]}'}")
        for line in [*said, *(f"why: {why}" for why in wanted[2:] if why)] if failed or not is_met else []:
            print(f"    {line}")
    passed_all, failed_all = (sum(counts) for counts in zip(*(checks[:2] for checks in found.values()), strict=True))
    print(f"{len(found)} scenarios, {passed_all} checks passed, {failed_all} failed\n")
    return is_same


def enter_own_network() -> None:
    """Run this again where nothing but the loopback is, if the system allows that."""
    if os.environ.get(INSIDE) or subprocess.run([*OWN_NETWORK, "true"], capture_output=True, check=False).returncode:
        return
    again = [sys.executable, "-m", "counterparts.mcp_conformance", *sys.argv[1:]]
    os.execvpe(OWN_NETWORK[0], [*OWN_NETWORK, *again], {**os.environ, INSIDE: "1"})


def main() -> None:
    """Exit with 0 where all is as expected."""
    get_programs(SUITE)
    enter_own_network()
    with tempfile.TemporaryDirectory() as place:
        print("our client, against the suite's servers:")
        is_same = show(asyncio.run(run_suite(Path(place))), EXPECTED)
        print("a served brain, against the suite's client:")
        is_same = show(asyncio.run(run_served(Path(place))), EXPECTED_SERVED) and is_same
        sys.exit(not is_same)


if __name__ == "__main__":
    main()
