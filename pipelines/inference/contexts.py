"""How long a model's context is, as far as that can be known before it is asked."""

import json
from pathlib import Path
from typing import Any

from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.openai_replies import listed_models

_LENGTHS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_sequence_length",
    "max_seq_length",
    "seq_length",
)
"""What configurations call the longest context; of several the shortest holds."""


def local_context(model: ModelRef) -> int | None:
    """Read the context, in tokens, of a model that vLLM runs in this process; None where only vLLM can say."""
    settings = model.settings
    if not isinstance(settings, VllmModel):
        return None
    chosen = settings.engine_args.get("max_model_len", settings.max_model_len)
    if chosen is not None or "hf_overrides" in settings.engine_args:
        return chosen if type(chosen) is int and chosen > 0 else None
    folder = model_folder(model)
    return _configured(folder) if folder else None


def listed_context(listing: Any, name: str) -> int | None:
    """Read the context of a model out of a server's list of models; None where it does not tell, as most do not."""
    lengths = (model.max_model_len for model in listed_models(listing) if model.id == name)
    return next(filter(None, lengths), None)


def listed_names(listing: Any) -> list[str]:
    """Read the names of the models that a server lists; none where its list is odd."""
    return [model.id for model in listed_models(listing) if model.id is not None]


def model_folder(model: ModelRef) -> Path | None:
    """Find the folder of a model that lies on this machine, in a folder of its own or in the hub's cache."""
    if Path(model.path).is_dir():
        return Path(model.path)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(model.path, revision=model.revision, local_files_only=True))
    except (OSError, HFValidationError):
        return None


def _configured(folder: Path) -> int | None:
    whole = _read(folder / "config.json")
    inner = whole.get("text_config")
    config: dict[str, Any] = inner if isinstance(inner, dict) else whole
    if config.get("rope_scaling") or "factor" in str(config.get("rope_parameters")):
        return None  # stretched, and how far is vLLM's to say
    tokenizer = _read(folder / "tokenizer_config.json").get("model_max_length")
    found = [config.get(name) for name in _LENGTHS]
    lengths = [n for n in found if type(n) is int and n > 0]
    if not lengths:
        return None
    return min(lengths + ([tokenizer] if type(tokenizer) is int and tokenizer > 0 else []))


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
