"""The mean log-probability of a response's tokens, and what is said of responses that have none."""

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.reading import Say
from winnow.schemas.errors import InvalidSettings


def mean_logprobs(responses: pa.Table) -> dict[str, float]:
    """Return the mean by response_id, in nats, of the responses whose log-probability and count of tokens are known.

    Args:
        responses: Columns of `Response`.
    """
    columns = (responses[name].to_pylist() for name in ("response_id", "logprob", "n_tokens"))
    return {
        i: logprob / n for i, logprob, n in zip(*columns, strict=True) if logprob is not None and n
    }


def check_mean_logprobs(responses: pa.Table, say: Say) -> None:
    """Say which models left the mean of some responses unknown: those are compared with nothing.

    Empty responses and such as were not sampled have none by nature.

    Args:
        responses: Columns of `Response`.
        say: Takes a line a model.

    Raises:
        InvalidSettings: A model left it unknown for all of its responses.
    """
    has_words = pc.not_equal(pc.utf8_trim_whitespace(responses["text"]), "")
    sampled = responses.filter(pc.and_(pc.is_valid(responses["request_id"]), has_words))
    columns = [("response_id", "count"), ("logprob", "count")]
    n_tokens = pc.fill_null(sampled["n_tokens"], 0)
    is_known = pc.and_(pc.is_valid(sampled["logprob"]), pc.greater(n_tokens, 0))
    counted = sampled.append_column("known", pc.cast(is_known, pa.int64()))
    for row in (
        counted.group_by("model")
        .aggregate([*columns, ("known", "sum")])
        .sort_by("model")
        .to_pylist()
    ):
        n, n_known = row["response_id_count"], row["known_sum"]
        what = "no log-probability" if row["logprob_count"] < n else "no count of tokens"
        if not n_known:
            raise InvalidSettings(
                f"compare.score is logprob, but {row['model']} gave {what} with any of its {n:,} responses, though it "
                "was asked for them: its server has none; leave the model out of sample, or choose another score or "
                "strategy",
                model=row["model"],
            )
        if n_known < n:
            say(
                f"compare.score is logprob, and {row['model']} gave {what} with {n - n_known:,} of its {n:,} "
                "responses: those have no score and are compared with nothing"
            )
