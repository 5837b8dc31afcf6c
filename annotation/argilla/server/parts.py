"""The parts of a server, each started where it does not run yet: Redis, worker, the server itself."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from winnow.annotation.argilla.server import environment, health, ports, processes, redis_server
from winnow.annotation.argilla.server.accounts import Credentials, write_private
from winnow.annotation.argilla.server.address import Address
from winnow.annotation.argilla.server.variables import variables
from winnow.schemas.errors import CurationError, TransientError

INSIDE = Path(__file__).with_name("inside.py")
NAMES = ("server", "worker", "redis")
"""In the order in which they are stopped."""

_PREPARE = "prepare"
"""The part that ends by itself: it is found only where the command that started it was killed."""

_PREPARED_BY = (
    environment.REQUIREMENTS,
    INSIDE,
    INSIDE.with_name("migrating.py"),
    INSIDE.parents[1] / "search" / "indexes.py",
)
_N_PORTS_TRIED = 3
_NO_REASON = "(Background on this error at"
"""How SQLAlchemy's last line begins, after the one that says what went wrong."""

_KILL_AFTER_S = 0.5
"""How long a part that was just started may take to end: a command that is broken off has three seconds for all of them."""


@dataclass(frozen=True)
class Parts:
    """What it takes to start the parts of one server."""

    home: Path
    python: Path
    """Python of the server's environment."""

    workspace: str
    credentials: Credentials
    end: float
    """When to give up, on the monotonic clock."""

    say: Callable[[str], None]

    def start(self, host: str, fixed_port: int | None) -> Address:
        """Start the parts that do not run yet; where one fails, those that this call started end with it."""
        before = running(self.home)
        try:
            if not before:
                shutil.rmtree(self.home / "tmp", ignore_errors=True)
            # From here on parts may write into it, so that nobody empties it until all have ended.
            (self.home / "tmp").mkdir(mode=0o700, exist_ok=True)
            self.start_redis()
            self.prepare()
            worker = self.start_worker()
            address = self.start_server(host, fixed_port)
            if worker is not None:
                self._wait("worker", worker, self._ready_file(worker).exists)
            self._check_all_run()
            if place := listening(self.home):
                ports.remember(self.home, place[1])
            return address
        except BaseException:
            for part in (_PREPARE, *(part for part in NAMES if part not in before)):
                processes.stop(self.home, part, kill_after_s=_KILL_AFTER_S)
            raise

    def start_redis(self) -> None:
        """Start Redis, unless ARGILLA_REDIS_URL names another one."""
        if _has_redis_elsewhere():
            return
        child = None
        if not processes.find(self.home, "redis"):
            child = self._start("redis", redis_server.command(self.home))
        self._wait("redis", child, lambda: redis_server.answers(self.home))

    def prepare(self) -> None:
        """Bring layout and accounts of the database up to date, where they are not.

        Raises:
            CurationError: The database cannot be reached or changed; its own last words are in the text.
        """
        processes.stop(self.home, _PREPARE)
        wanted = self._wanted()
        mark = hashlib.sha256(wanted.encode() + b"".join(map(Path.read_bytes, _PREPARED_BY)))
        stamp = self.home / "prepared"
        has_database = os.environ.get("ARGILLA_DATABASE_URL") or (self.home / "argilla.db").exists()
        if has_database and stamp.exists() and stamp.read_text() == mark.hexdigest():
            return
        self.say("preparing Argilla's database and accounts")
        done = processes.run(
            self.home, _PREPARE, self._inside("prepare"), self._variables(), wanted
        )
        if done.returncode:
            why = _last_words(done.stderr)
            if done.returncode < 0:
                why = f"{signal.Signals(-done.returncode).name} ended it"
            raise CurationError(
                f"Argilla's database could not be prepared: {why}", output=done.stderr
            )
        write_private(stamp, mark.hexdigest())

    def start_worker(self) -> subprocess.Popen[bytes] | None:
        """Start what does Argilla's background jobs: webhooks, changes of the overlap. Gives it where it did not run."""
        if processes.find(self.home, "worker"):
            return None
        return self._start("worker", self._inside("work"))

    def start_server(self, host: str, fixed_port: int | None) -> Address:
        """Start the server and wait until it takes the owner's key; a port lost to another program is given up."""
        for n_tried in range(1, _N_PORTS_TRIED + 1):
            child = None
            if not processes.find(self.home, "server"):
                port = ports.choose(host, fixed_port, ports.last(self.home))
                child = self._start_on(host, port)
            try:
                self._wait("server", child, self._takes_our_key)
                break
            except TransientError as error:
                if (
                    fixed_port
                    or n_tried == _N_PORTS_TRIED
                    or "address already in use" not in str(error)
                ):
                    raise
        return Address(str(url(self.home)), self.credentials.owner.api_key, self.workspace)

    def _start_on(self, host: str, port: int) -> subprocess.Popen[bytes]:
        self.say(f"starting Argilla on port {port}")
        return self._start("server", self._inside("serve", host, str(port)))

    def _takes_our_key(self) -> bool:
        address = url(self.home)
        owner = self.credentials.owner
        return address is not None and health.knows(Address(address, owner.api_key), owner.name)

    def _start(self, part: str, command: list[str]) -> subprocess.Popen[bytes]:
        return processes.start(self.home, part, command, self._variables())

    def _wait(
        self, part: str, child: subprocess.Popen[bytes] | None, is_ready: Callable[[], bool]
    ) -> None:
        while not is_ready():
            if child is not None and child.poll() is not None:
                raise self._failure(part, "ended")
            if time.monotonic() > self.end:
                raise self._failure(part, "does not answer", "; --timeout-s gives it longer")
            time.sleep(0.1)

    def _ready_file(self, worker: subprocess.Popen[bytes]) -> Path:
        """Return the file that a worker makes when it can do jobs."""
        return self.home / "tmp" / f"worker-{worker.pid}"

    def _check_all_run(self) -> None:
        """Check that no part ended while the others started."""
        found = running(self.home)
        for part in NAMES[::-1]:
            if part not in found and not (part == "redis" and _has_redis_elsewhere()):
                raise self._failure(part, "ended")

    def _failure(self, part: str, what: str, way_out: str = "") -> TransientError:
        log = processes.log_of(self.home, part)
        said = _last_words(log.read_text(errors="replace"))
        return TransientError(
            f"Argilla's {part} {what}: {said}; its log is {log}{way_out}", part=part
        )

    def _wanted(self) -> str:
        """Write down which accounts and workspace the database has to hold, and which database."""
        people = [{**asdict(self.credentials.owner), "role": "owner"}]
        people += [{**asdict(each), "role": "annotator"} for each in self.credentials.annotators]
        database = os.environ.get("ARGILLA_DATABASE_URL", "")
        return json.dumps({"workspace": self.workspace, "accounts": people, "database": database})

    def _inside(self, *arguments: str) -> list[str]:
        return [str(self.python), str(INSIDE), *arguments]

    def _variables(self) -> dict[str, str]:
        return variables(self.home, self.credentials.session_key)


def running(home: Path) -> set[str]:
    """Return the names of the parts that run."""
    return {part for part in NAMES if processes.find(home, part)}


def listening(home: Path) -> tuple[str, int] | None:
    """Return host and port of the running server, as its own command line says; None where none runs."""
    if found := processes.find(home, "server"):
        host, port = found.command[-2:]
        return host, int(port)
    return None


def url(home: Path) -> str | None:
    """Return the address at which the running server is reached from this machine; None where none runs."""
    if found := listening(home):
        host, port = found
        return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
    return None


def _has_redis_elsewhere() -> bool:
    return bool(os.environ.get("ARGILLA_REDIS_URL"))


def _last_words(said: str) -> str:
    """Return the line that says what went wrong, as far as one can tell: the last with an error, else the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(_NO_REASON)]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1]
