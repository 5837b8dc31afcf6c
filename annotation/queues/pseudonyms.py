"""Names of annotators, replaced by pseudonyms where a team wants that."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

_DIGITS = 12
_PSEUDONYM = re.compile(rf"human:[0-9a-f]{{{_DIGITS}}}")
_CHECKED = "which key this is"


@dataclass(frozen=True)
class Names:
    """What annotators are called in judgments."""

    key: bytes | None = field(default=None, repr=False)
    """Secret key of the pseudonyms, from the environment; None to keep the names of the accounts.

    The same key gives the same person the same pseudonym, so that judgments of several pulls stay together. Without
    the key nobody can tell from a pseudonym whose it is, nor try names out.
    """

    def annotator_id(self, name: str) -> str:
        """Return what an account is called in judgments."""
        if self.key is None:
            return f"human:{name}"
        return f"human:{self._digest(name)[:_DIGITS]}"

    @property
    def check(self) -> str | None:
        """What tells one key from another without giving it away; None without a key."""
        return None if self.key is None else self._digest(_CHECKED)

    def _digest(self, text: str) -> str:
        return hmac.new(self.key or b"", text.encode(), hashlib.sha256).hexdigest()


def looks_pseudonymous(annotator_id: str) -> bool:
    """Whether a pseudonym could look like this; an account may be called so too."""
    return _PSEUDONYM.fullmatch(annotator_id) is not None
