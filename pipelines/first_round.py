"""What a judge is asked about, made up before anything is sampled."""

from winnow.annotation.judge import Judge, SubjectView
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


def n_shown(judge: Judge, n_together: int) -> int:
    """Count the responses that a judge is shown at once, of as many as stand side by side."""
    return {"pair": 2, "group": n_together, "response": 1}[judge.subject]


def made_up(judge: Judge, prompt: Prompt, *texts: str) -> SubjectView:
    """Make up what a judge is asked about, with responses that say these texts."""
    responses = tuple(
        Response(prompt_id=prompt.prompt_id, text=text, model="", sample_index=i)
        for i, text in enumerate(texts)
    )
    is_one = judge.subject == "response"
    return SubjectView(
        kind="response" if is_one else "comparison",
        subject_id="",
        prompt=prompt,
        responses=responses,
        places=tuple(range(len(responses))),
        steps=judge.cut(responses[0]) if is_one else (),
    )
