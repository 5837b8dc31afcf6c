"""The mean log-probability of a response's tokens, and what is said of responses that have none."""

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.reading import Say
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_LOOKED_AT = ("response_id", "model", "text", "n_tokens", "logprob", "request_id")


def mean_logprobs(responses: pa.Table) -> dict[str, float]:
    """Return the mean by response_id, in nats, of the responses whose log-probability and count of tokens are known.

    Args:
        responses: Columns of `Response`.
    """
    columns = (responses[name].to_pylist() for name in ("response_id", "logprob", "n_tokens"))
    return {
        i: logprob / n for i, logprob, n in zip(*columns, strict=True) if logprob is not None and n
    }


def check_mean_logprobs(staging: Staging, say: Say) -> None:
    """Say which models left the mean of some responses unknown: those are compared with nothing.

    Empty responses and such as were not sampled have none by nature.

    Args:
        staging: Holds the responses.
        say: Takes a line a model.

    Raises:
        InvalidSettings: A model left it unknown for all of its responses.
    """
    counts = [_count(batch) for batch in staging.batches(Response, _LOOKED_AT)]
    if not counts:
        return
    sums = [(name, "sum") for name in counts[0].column_names if name != "model"]
    by_model = pa.concat_tables(counts).group_by("model").aggregate(sums).sort_by("model")
    for row in by_model.to_pylist():
        n, n_known = row["response_id_count_sum"], row["known_sum_sum"]
        what = "no log-probability" if row["logprob_count_sum"] < n else "no count of tokens"
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


def _count(responses: pa.Table) -> pa.Table:
    """Count by model the responses that were sampled and say something, and what is known of them."""
    has_words = pc.not_equal(pc.utf8_trim_whitespace(responses["text"]), "")
    sampled = responses.filter(pc.and_(pc.is_valid(responses["request_id"]), has_words))
    n_tokens = pc.fill_null(sampled["n_tokens"], 0)
    is_known = pc.and_(pc.is_valid(sampled["logprob"]), pc.greater(n_tokens, 0))
    counted = sampled.append_column("known", pc.cast(is_known, pa.int64()))
    columns = [("response_id", "count"), ("logprob", "count"), ("known", "sum")]
    return counted.group_by("model").aggregate(columns)
