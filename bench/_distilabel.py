"""Distilabel's way through the same work; runs in an environment of its own, with nothing of ours.

Called with prompts, samples of each, and the batch size; the last line that it prints is JSON with the seconds.
"""

# mypy: ignore-errors

import json
import sys
import time

from distilabel.models.llms.base import LLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration

WORDS = "grain " * 100


class AtOnce(LLM):
    """A model that answers at once."""

    @property
    def model_name(self):
        """Name of the model."""
        return "at-once"

    def generate(self, inputs, num_generations=1):
        """Answer all the same."""
        counts = {"input_tokens": [30] * num_generations, "output_tokens": [120] * num_generations}
        return [{"generations": [WORDS] * num_generations, "statistics": counts} for _ in inputs]


def main() -> None:
    """Run the pipeline once."""
    n, n_samples, batch = map(int, sys.argv[1:4])
    rows = [
        {"instruction": f"Question {i}: tell me about wheat and rivers. " * 4} for i in range(n)
    ]
    with Pipeline("bench") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=batch)
        load >> TextGeneration(llm=AtOnce(), num_generations=n_samples, input_batch_size=batch)
    started = time.perf_counter()
    made = pipeline.run(use_cache=False)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "n": made["default"]["train"].num_rows}))


if __name__ == "__main__":
    main()
