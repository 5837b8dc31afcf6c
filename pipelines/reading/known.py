"""What was read before, so that rows can refer to it and repetition shows."""

import hashlib
from collections.abc import Container
from dataclasses import dataclass, field

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.links import Link
from winnow.schemas.events import event_of
from winnow.schemas.judgments import Judgment


@dataclass
class Known:
    """Ids of what was taken in; digests as bytes, since there may be millions."""

    remembers_names: bool = True
    """Whether names are kept, which only gold needs."""

    prompts: dict[bytes, str] = field(default_factory=dict)
    """Digest of each prompt -> its first place."""

    metadata: dict[bytes, bytes] = field(default_factory=dict)
    """Digest of each prompt that has metadata -> SHA-256 of it."""

    responses: set[bytes] = field(default_factory=set)
    """Digests of the responses."""

    looks: dict[bytes, bytes] = field(default_factory=dict)
    """Digest of how each prompt and response looks -> digest of the first that looks so."""

    comparisons: dict[bytes, str] = field(default_factory=dict)
    """Digest of each comparison -> its first place."""

    judgments: dict[bytes, int] = field(default_factory=dict)
    """Digest of each judgment -> how often it was cast."""

    events: set[bytes] = field(default_factory=set)
    """Digests of the judgments with the id or time at which each was cast."""

    annotators: dict[str, None] = field(default_factory=dict)
    """Names of all who judged, in the order in which they came."""

    groups: dict[tuple[str, str], None] = field(default_factory=dict)
    """Who judged, with each group that a row says they belong to."""

    models: dict[str, None] = field(default_factory=dict)
    """Names of the authors of responses, in the order in which they came."""

    gold: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """comparison_id and basis of each gold verdict -> the verdict and its first place."""

    items: dict[str, Link | None] = field(default_factory=dict)
    """item_id of each ready comparison -> what it became; None where it was rejected."""

    prompt_of: dict[str, str | None] = field(default_factory=dict)
    """id of each prompt in its file -> prompt_id; None where two prompts have it."""

    response_of: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """prompt_id and the id or model of a response -> response_id; None where two have it."""

    def first_like(self, look: bytes, content_id: str, taken: Container[bytes]) -> str:
        """Find the id of what was taken in first and looks the same; its own id where nothing does.

        Args:
            look: Digest of how it looks.
            content_id: Its own id.
            taken: Digests of what is taken in.
        """
        first = self.looks.get(look)
        if first is not None and first in taken:
            return first.hex()
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
        key, found = digest(prompt_id), hashlib.sha256(metadata.encode()).digest()
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
            at = hashlib.blake2b(key + event.encode(), digest_size=16).digest()
            if at in self.events:
                what = "under the same id" if judgment.source_id else "at the same time"
                raise Defect(
                    "duplicate_judgment",
                    f"{judgment.annotator_id!r} said the same of the same before, {what} ({event}): one event",
                )
            self.events.add(at)
        n_before = self.judgments.get(key, 0)
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
