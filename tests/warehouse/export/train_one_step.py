"""Load exported folders and take one step on each with a real TRL trainer. Runs under an interpreter that has TRL.

Usage: train_one_step.py SCRATCH NAME=TRAINER:FOLDER... Writes SCRATCH/NAME.json: columns and number of rows after TRL's
own preparation, every row decoded, and the loss.
"""

import json
import sys
from pathlib import Path
from typing import Any

from datasets import load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, RewardConfig, RewardTrainer

_TEMPLATE = (
    "{% if tools %}<tools>{{ tools | tojson }}\n{% endif %}"
    "{% for m in messages %}<{{ m.role }}{{ ':' ~ m.name if m.name }}{{ '#' ~ m.tool_call_id if m.tool_call_id }}>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<call{{ '#' ~ c.id if c.id }}>{{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}\n"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    raw = Tokenizer(models.BPE(unk_token=None))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<pad>", "<eos>"], initial_alphabet=alphabet
    )
    raw.train_from_iterator(["apples and trees"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="<eos>", chat_template=_TEMPLATE
    )


def build(trainer: str, folder: Path, scratch: Path) -> Any:
    splits = load_dataset(str(folder), cache_dir=str(scratch / "cache"))
    tokenizer = tiny_tokenizer()
    shape = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, pad_token_id=tokenizer.pad_token_id, num_labels=1,
    )  # fmt: skip
    common = {"output_dir": str(scratch / "out"), "max_steps": 1, "report_to": "none", "use_cpu": True,
              "per_device_train_batch_size": 2, "save_strategy": "no", "disable_tqdm": True, "bf16": False,
              "gradient_checkpointing": False}  # fmt: skip
    data = {
        "train_dataset": splits["train"], "eval_dataset": splits["test"], "processing_class": tokenizer,
    }  # fmt: skip
    if trainer == "reward":
        config = RewardConfig(**common, max_length=2048)
        return RewardTrainer(LlamaForSequenceClassification(shape), config, **data)
    # The reference model is loaded by name, so the model needs a place to be loaded from.
    LlamaForCausalLM(shape).save_pretrained(scratch / "tiny")
    model = LlamaForCausalLM.from_pretrained(scratch / "tiny")
    if trainer == "kto":
        return KTOTrainer(model, args=KTOConfig(**common, max_length=2048), **data)
    if trainer == "grpo":
        return grpo(model, common, data)
    return DPOTrainer(model, args=DPOConfig(**common, max_length=2048), **data)


def grpo(model: Any, common: dict[str, Any], data: dict[str, Any]) -> Any:
    from trl import GRPOConfig, GRPOTrainer

    def reward(completions: list[Any], reference: list[str | None], **_: Any) -> list[float]:
        return [float(len(r or "")) for r in reference]

    config = GRPOConfig(**common, max_completion_length=4, num_generations=2)
    return GRPOTrainer(model, reward_funcs=reward, args=config, **data)


def prompted(tokenizer: Any, prompt: Any) -> str:
    """Give a prompt as GRPO gives it to the model, which it does batch by batch."""
    return tokenizer.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False)


def step(trainer: str, folder: Path, scratch: Path) -> dict[str, Any]:
    built = build(trainer, folder, scratch)
    prepared = built.train_dataset
    tokens = [
        n
        for n in ("prompt_ids", "chosen_ids", "rejected_ids", "completion_ids")
        if n in prepared.column_names
    ]
    rows = [{n: built.processing_class.decode(row[n]) for n in tokens} for row in prepared]
    if trainer == "grpo":
        rows = [{"prompt_ids": prompted(built.processing_class, row["prompt"])} for row in prepared]
    return {
        "columns": prepared.column_names,
        "n_rows": len(prepared),
        "rows": rows,
        "loss": built.train().training_loss,
    }


def main(scratch: Path, jobs: list[str]) -> None:
    for job in jobs:
        name, _, what = job.partition("=")
        trainer, _, folder = what.partition(":")
        found = step(trainer, Path(folder), scratch / name)
        (scratch / f"{name}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
