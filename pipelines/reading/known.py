"""What was read before, so that rows can refer to it and repetition shows."""

import hashlib
from dataclasses import dataclass, field

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.digests import DigestMap
from winnow.pipelines.reading.items import KnownItems
from winnow.pipelines.reading.links import Link
from winnow.pipelines.reading.places import FirstPlaces
from winnow.schemas.events import event_of
from winnow.schemas.judgments import Judgment

_N_BYTES = 32


class Looks:
    """How prompts and responses look that stand otherwise than they look, with the id of the first that looks so."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._numbers = DigestMap()

    def get(self, look: bytes) -> bytes | None:
        """Return the digest of the first that looks so; None where nobody does."""
        number = self._numbers.get(look)
        return None if number is None else bytes(self._ids[number : number + _N_BYTES])

    def __setitem__(self, look: bytes, content: bytes) -> None:
        self._numbers[look] = len(self._ids)
        self._ids += content

    def __bool__(self) -> bool:
        return bool(self._ids)

    def settle(self) -> None:
        """Take less memory for what was set."""
        self._numbers.settle()


@dataclass
class Known:
    """Ids of what was taken in; digests as bytes, since there may be millions."""

    remembers_names: bool = True
    """Whether names are kept, which only gold needs."""

    prompts: FirstPlaces = field(default_factory=FirstPlaces)
    """Digest of each prompt -> its first place."""

    metadata: DigestMap = field(default_factory=DigestMap)
    """Digest of each prompt that has metadata -> a number that tells it from other metadata."""

    responses: DigestMap = field(default_factory=DigestMap)
    """Digests of the responses."""

    looks: Looks = field(default_factory=Looks)
    """How each prompt and response looks that stands otherwise -> digest of the first that looks so."""

    comparisons: FirstPlaces = field(default_factory=FirstPlaces)
    """Digest of each comparison -> its first place."""

    judgments: DigestMap = field(default_factory=DigestMap)
    """Digest of each judgment -> how often it was cast."""

    events: DigestMap = field(default_factory=DigestMap)
    """Digests of the judgments with the id or time at which each was cast."""

    annotators: dict[str, None] = field(default_factory=dict)
    """Names of all who judged, in the order in which they came."""

    groups: dict[tuple[str, str], None] = field(default_factory=dict)
    """Who judged, with each group that a row says they belong to."""

    models: dict[str, None] = field(default_factory=dict)
    """Names of the authors of responses, in the order in which they came."""

    gold: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """comparison_id and basis of each gold verdict -> the verdict and its first place."""

    items: KnownItems = field(default_factory=KnownItems)
    """item_id of each ready comparison -> what it became; None where it was rejected."""

    prompt_of: dict[str, str | None] = field(default_factory=dict)
    """id of each prompt in its file -> prompt_id; None where two prompts have it."""

    response_of: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """prompt_id and the id or model of a response -> response_id; None where two have it."""

    def settle(self) -> None:
        """Take less memory for what came since the last time."""
        maps = (self.prompts, self.metadata, self.responses, self.comparisons, self.judgments)
        for one in (*maps, self.events, self.looks, self.items):
            one.settle()

    def first_like(self, look: bytes, content_id: str, taken: DigestMap) -> str:
        """Find the id of what was taken in first and looks the same; its own id where nothing does.

        Args:
            look: Digest of how it looks: of what stands as it looks, that of its id.
            content_id: Its own id.
            taken: Digests of what is taken in.
        """
        first = self.looks.get(look)
        if first is not None and first in taken:
            return first.hex()
        if look in taken:
            return look.hex()
        if look != digest(content_id):
            self.looks[look] = digest(content_id)
        return content_id

    def is_other_metadata(self, prompt_id: str, metadata: str | None, *, is_new: bool) -> bool:
        """Tell whether a prompt that was taken in before comes with metadata that it did not have then.

        Args:
            prompt_id: The id under which it is known.
            metadata: What it comes with now.
            is_new: Whether it is taken in now; then nothing was known of it.
        """
        if metadata is None:
            return False
        key, found = digest(prompt_id), _number_of(metadata)
        if is_new:
            self.metadata[key] = found
        return self.metadata.get(key) != found

    def name_prompt(self, label: str | None, prompt_id: str) -> None:
        """Remember what the file calls a prompt."""
        if label is not None and self.remembers_names:
            same = self.prompt_of.setdefault(label, prompt_id) == prompt_id
            self.prompt_of[label] = prompt_id if same else None

    def name_response(self, name: str | None, prompt_id: str, model: str, response_id: str) -> None:
        """Remember the names of a response, its own and its model's."""
        for label in {name or model, model} if self.remembers_names else ():
            same = self.response_of.setdefault((prompt_id, label), response_id) == response_id
            self.response_of[(prompt_id, label)] = response_id if same else None

    def n_cast(self, judgment: Judgment) -> int:
        """Tell how often the very same was cast before, and count it once more.

        Of two with the same id in their file, or without ids at the same time, the second is the first over again.

        Raises:
            Defect: duplicate_judgment.
        """
        key = digest(judgment.judgment_id)
        event = event_of(judgment.source_id, judgment.created_at)
        if event is not None:
            at = event_digest(key, event)
            if at in self.events:
                what = "under the same id" if judgment.source_id else "at the same time"
                raise Defect(
                    "duplicate_judgment",
                    f"{judgment.annotator_id!r} said the same of the same before, {what} ({event}): one event",
                )
            self.events[at] = 0
        n_before = self.judgments.get(key) or 0
        self.judgments[key] = n_before + 1
        return n_before

    def link(self, item_id: str) -> Link:
        """Find the comparison that an item_id means.

        Raises:
            Defect: unknown_item or rejected_item.
        """
        if item_id not in self.items:
            raise Defect("unknown_item", f"no comparison has the item_id {item_id!r}")
        link = self.items[item_id]
        if link is None:
            raise Defect("rejected_item", f"the comparison with item_id {item_id!r} was rejected")
        return link


def digest(content_id: str) -> bytes:
    """Return an id in half the memory."""
    return bytes.fromhex(content_id)


def event_digest(judgment: bytes, event: str) -> bytes:
    """Return what tells one casting of a judgment from another: its digest and that of its id or time."""
    return hashlib.sha256(judgment + event.encode()).digest()


def _number_of(metadata: str) -> int:
    return int.from_bytes(hashlib.sha256(metadata.encode()).digest()[:7], "little")
