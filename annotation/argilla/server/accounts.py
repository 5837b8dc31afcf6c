"""Accounts with random passwords and keys, in a file that only its owner can read."""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from winnow.schemas.errors import InvalidSettings, MalformedInput
from winnow.schemas.redaction import remember
from winnow.schemas.whole_files import write_whole

_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")


@dataclass(frozen=True)
class Account:
    """One person's way in."""

    name: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)

    def __post_init__(self) -> None:
        remember(self.password, f"<password of {self.name}>")
        remember(self.api_key, f"<key of {self.name}>")

    @classmethod
    def random(cls, name: str) -> "Account":
        """Make up a password and a key for `name`."""
        check_name(name)
        return cls(name, new_password(), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Credentials:
    """All accounts of one server, and what signs its sessions."""

    owner: Account
    annotators: tuple[Account, ...]
    session_key: str = field(repr=False)
    """Signs the web page's sessions; kept, so that nobody is signed out by a restart."""

    def __post_init__(self) -> None:
        remember(self.session_key, "<session key>")

    def with_annotators(self, names: Iterable[str]) -> "Credentials":
        """Return the same credentials with an account for each of `names`; known names keep theirs."""
        known = {account.name for account in (self.owner, *self.annotators)}
        new = tuple(Account.random(name) for name in dict.fromkeys(names) if name not in known)
        return replace(self, annotators=self.annotators + new)

    def with_account(self, new: Account) -> "Credentials":
        """Return the same credentials with this annotator's account, in the place of one of the same name."""
        there = self.without(new.name).annotators
        return replace(self, annotators=(*there, new))

    def without(self, name: str) -> "Credentials":
        """Return the same credentials without one annotator's account."""
        rest = tuple(account for account in self.annotators if account.name != name)
        return replace(self, annotators=rest)

    def find(self, name: str) -> Account | None:
        """Return one annotator's account; None where there is none."""
        return next((account for account in self.annotators if account.name == name), None)

    def annotator(self, name: str) -> Account:
        """Return one annotator's account."""
        return next(account for account in self.annotators if account.name == name)


def check_name(name: str) -> None:
    """Refuse what cannot be the name of an account.

    Raises:
        InvalidSettings: It cannot; says what can.
    """
    if not _NAME.fullmatch(name):
        raise InvalidSettings(
            f"{name!r} is no account name: at most 64 letters, digits, - and _, not starting with -",
            name=name,
        )


def new_password() -> str:
    """Make up a password."""
    return secrets.token_urlsafe(18)


def load(path: Path) -> Credentials | None:
    """Read credentials; None where there are none yet.

    Raises:
        MalformedInput: The file is there and is not one of ours.
    """
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text())
        return Credentials(
            owner=Account(**found["owner"]),
            annotators=tuple(Account(**account) for account in found["annotators"]),
            session_key=found["session_key"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedInput(
            f"{path} cannot be read as accounts ({error}); move it away and start again: every account then gets a "
            "new password",
            path=str(path),
        ) from error


def ensure(path: Path, owner: str, annotators: Iterable[str]) -> Credentials:
    """Read the accounts at `path`, adding those that are missing, and write them back if any were."""
    found = load(path)
    if found is None:
        found = Credentials(Account.random(owner), (), session_key=secrets.token_hex(32))
    wanted = found.with_annotators(annotators)
    if wanted != found or not path.exists():
        keep(path, wanted)
    return wanted


def keep(path: Path, credentials: Credentials) -> None:
    """Write all accounts to `path`."""
    write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file whole, mode 0600 from its first byte."""
    write_whole(path, text, mode=0o600, is_durable=True)
