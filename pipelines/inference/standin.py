"""Stand-in models with random weights, built on the spot for tests and for settings of old.

They are real models to an engine, answer with noise, and are called stand-ins wherever they appear.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winnow.pipelines.inference.building import built
from winnow.schemas.errors import MissingPackage, UnknownName
from winnow.schemas.ids import content_id

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

CHAT = "tiny"
REWARD = "tiny-reward"
FULL_NAMES = {
    CHAT: "tiny stand-in (random weights)",
    REWARD: "tiny reward stand-in (random weights)",
}

_SEED = 20
_VOCABULARY = 512
_CONTEXT = 4096
_SIZE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": _CONTEXT,
}
_SPECIAL = ("<pad>", "<turn>", "<end>")
_LINES = (
    "The miller asked which of the two sacks held the better grain.",
    "Both answers are correct, but the second one also explains why.",
    "Write a function that returns the sum of a list, and test it.",
    'Reply in JSON: {"rationale": "clear and complete", "verdict": "first", "score": 7}',
    "Paris is the capital of France; the river there is called the Seine.",
    "First sort the numbers 3, 1 and 2, then count how many are below 2.",
)
_TEMPLATE = """\
{%- if tools %}{{ '<turn>system\ntools: ' }}{{ tools | tojson }}{{ '<end>\n' }}{% endif -%}
{%- for message in messages %}{{ '<turn>' + message.role + '\n' }}
{%- if message.tool_call_id %}{{ message.tool_call_id + ': ' }}{% endif %}
{%- if message.content is string %}{{ message.content }}
{%- elif message.content %}{% for part in message.content %}{{ part.text or '' }}{% endfor %}{% endif %}
{%- for call in message.tool_calls or [] %}
{{- '\ncall ' + call.function.name + ' ' }}{{ call.function.arguments | tojson }}{% endfor %}
{{- '<end>\n' }}{% endfor -%}
{%- if add_generation_prompt %}{{ '<turn>assistant\n' }}{% endif -%}
"""


def build(models_dir: Path, name: str = CHAT) -> Path:
    """Find the folder of a stand-in, building it where it is not there yet.

    Args:
        models_dir: Folder that models are kept in.
        name: `CHAT`, which answers conversations, or `REWARD`, which scores them.

    Raises:
        UnknownName: There is no stand-in of that name.
        MissingPackage: transformers, tokenizers or torch is not installed.
    """
    if name not in FULL_NAMES:
        raise UnknownName.among("stand-in", name, FULL_NAMES)
    recipe = content_id([name, _SEED, _VOCABULARY, _SIZE, list(_LINES), _TEMPLATE])
    return built(models_dir / f"{name}-{recipe[:16]}", lambda folder: _save(folder, name))


def folder_hash(folder: Path) -> str:
    """Hash the names and contents of a model's files, hidden ones left out, as 64 hex digits."""
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    shown = [p for p in files if not any(part.startswith(".") for part in p.parts)]
    return content_id([[p.as_posix(), _file_hash(folder / p)] for p in shown])


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _save(folder: Path, name: str) -> None:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingPackage(
            f"the stand-in model needs {error.name}, which is not installed; "
            "install the engine: `make setup` without a GPU, `pip install 'winnow[gpu]'` with one"
        ) from error
    tokenizer = _tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        model = _model(transformers, name, len(tokenizer))
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _model(transformers: Any, name: str, n_tokens: int) -> Any:
    # Wide weights make the next token anything but uniform, as a real model's is.
    size = {**_SIZE, "vocab_size": n_tokens, "initializer_range": 0.3, "pad_token_id": 0}
    config = transformers.LlamaConfig(**size, bos_token_id=1, eos_token_id=2)
    if name == CHAT:
        return transformers.LlamaForCausalLM(config)
    config.num_labels = 1
    return transformers.LlamaForSequenceClassification(config)


def _tokenizer() -> "PreTrainedTokenizerFast":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_LINES, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token="<pad>",
        bos_token="<turn>",
        eos_token="<end>",
        model_max_length=_CONTEXT,
        chat_template=_TEMPLATE,
    )
