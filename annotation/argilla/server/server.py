"""Argilla on this machine: up, down, status, logs, accounts."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from winnow.annotation.argilla.server import (
    accounts,
    environment,
    handout,
    health,
    locks,
    parts,
    ports,
    processes,
    redis_server,
)
from winnow.annotation.argilla.server.accounts import Account, Credentials
from winnow.annotation.argilla.server.address import Address
from winnow.annotation.argilla.server.status import Status
from winnow.schemas.errors import CurationError, InvalidSettings, TransientError

_LOOPBACK = "127.0.0.1"
_LOCK_PATIENCE_S = 300.0
_PREPARE_PATIENCE_S = 120.0


def _silent(message: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class ArgillaServer:
    """One Argilla server with its Redis and its worker, all it keeps in one private folder."""

    home: Path
    """Folder of database, accounts, logs and environment."""

    port: int | None = None
    """Port to listen on; None takes the last one, else 6900, else a free one."""

    host: str | None = None
    """Address to listen on; "0.0.0.0" lets other machines in, None is the loopback."""

    workspace: str = "winnow"
    """Workspace that every annotator is a member of."""

    owner: str = "owner"
    """Name of the account that may do everything."""

    environment: Path | None = None
    """Folder of the server's own Python environment; None keeps it in `home`."""

    say: Callable[[str], None] = field(default=_silent, compare=False)
    """Told what happens while `up` works."""

    def up(self, timeout_s: float = 120, annotators: Iterable[str] = ()) -> Address:
        """Start what does not run yet, and give the server's address once it answers.

        Args:
            timeout_s: How long the started parts may take to answer; making the environment comes on top.
            annotators: Accounts that there must be; those there are stay as they are.

        Where it fails nothing runs on that did not run before.

        Raises:
            MissingPackage: No redis-server is installed.
            InvalidSettings: The port asked for is taken, or the server runs already on another one.
            TransientError: A part ended or did not answer in time; the end of its log is in the text.
        """
        with self._held():
            self._check_place()
            if not os.environ.get("ARGILLA_REDIS_URL"):
                redis_server.find()
            credentials = accounts.ensure(self.accounts_file, self.owner, annotators)
            if not environment.is_ready(self._environment):
                self._stop()
            environment.ensure(self._environment, self.say)
            address = self._parts(credentials, timeout_s).start(self.host or _LOOPBACK, self.port)
        self.say(f"Argilla answers on {address.url}")
        return address

    def down(self) -> list[str]:
        """Stop what `up` started, by process id, and nothing else.

        Returns:
            Names of the parts that were running.
        """
        if not self.home.exists():
            return []
        with self._held():
            return self._stop()

    def status(self) -> Status:
        """Look what runs; changes nothing."""
        found = {part: processes.find(self.home, part) for part in parts.NAMES}
        url = parts.url(self.home)
        return Status(
            url=url,
            is_answering=url is not None and health.answers(url),
            processes={part: process and process.pid for part, process in found.items()},
            home=str(self.home),
        )

    def logs(self, n: int = 50) -> str:
        """Return the last `n` lines of each part's log, each line after the name of its part."""
        lines = []
        for part in reversed(parts.NAMES):
            log = processes.log_of(self.home, part)
            said = log.read_text(errors="replace").splitlines() if log.exists() else []
            lines += [f"{part}: {line}" for line in said[-n:]]
        return "\n".join(lines)

    def credentials(self) -> Credentials:
        """Read the accounts.

        Raises:
            CurationError: The server was never started, so there are none.
        """
        if found := accounts.load(self.accounts_file):
            return found
        raise CurationError(
            f"no accounts in {self.home}; start the server first: winnow annotate up"
        )

    def address(self) -> Address:
        """Return the address of the running server.

        Raises:
            TransientError: It does not run, or does not answer.
        """
        url = parts.url(self.home)
        if url is None or not health.answers(url):
            raise TransientError(
                f"the Argilla server of {self.home} does not answer; start it: winnow annotate up"
            )
        return Address(url, self.credentials().owner.api_key, self.workspace)

    def address_for_others(self) -> str:
        """Return where other machines find the page of the running server, where it lets them in.

        Raises:
            TransientError: It does not run, or does not answer.
        """
        url, place = self.address().url, parts.listening(self.home)
        return handout.address_for_others(url, place[0]) if place else url

    def add_annotator(self, name: str) -> Account:
        """Make an account for one annotator, or give the one there is."""
        return self.add_annotators([name])[0]

    def add_annotators(self, names: Iterable[str]) -> list[Account]:
        """Make accounts in one go; a name that has one keeps it."""
        wanted = list(names)
        self.credentials()
        with self._held():
            credentials = accounts.ensure(self.accounts_file, self.owner, wanted)
            self._parts(credentials, _PREPARE_PATIENCE_S).prepare()
        return [credentials.annotator(name) for name in wanted]

    def keep_account(self, account: Account) -> None:
        """Keep an annotator's account as it is now in Argilla."""
        with self._held():
            accounts.keep(self.accounts_file, self.credentials().with_account(account))

    def forget_account(self, name: str) -> None:
        """Keep an annotator's account no longer."""
        with self._held():
            accounts.keep(self.accounts_file, self.credentials().without(name))

    @property
    def accounts_file(self) -> Path:
        """File of passwords and keys, which only its owner can read."""
        return self.home / "accounts.json"

    @property
    def _environment(self) -> Path:
        return self.environment or self.home / "env"

    def _parts(self, credentials: Credentials, timeout_s: float) -> parts.Parts:
        return parts.Parts(
            home=self.home,
            python=environment.python(self._environment),
            workspace=self.workspace,
            credentials=credentials,
            end=time.monotonic() + timeout_s,
            say=self.say,
        )

    def _check_place(self) -> None:
        """Check, before anything is made, that the server can listen where it is to, or does already."""
        found = parts.listening(self.home)
        if found is None:
            return ports.check(self.host or _LOOPBACK, self.port)
        host, port = found
        if self.host in (None, host) and self.port in (None, port):
            return None
        wanted = f" --host {self.host}" if self.host else ""
        wanted += f" --port {self.port}" if self.port else ""
        raise InvalidSettings(
            f"Argilla runs already on {parts.url(self.home)}, listening on {host}; `winnow annotate down` stops it, then "
            f"`winnow annotate up{wanted}` starts it there",
            url=parts.url(self.home),
        )

    def _held(self) -> AbstractContextManager[int]:
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        return locks.held(self.home / "lock", patience_s=_LOCK_PATIENCE_S)

    def _stop(self) -> list[str]:
        stopped = []
        for part in parts.NAMES:
            if processes.stop(self.home, part):
                self.say(f"stopped {part}")
                stopped.append(part)
        return stopped
