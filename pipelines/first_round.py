"""What judges ask in their first round, known before anything is sampled."""

from winnow.annotation.judge import Judge, SubjectView
from winnow.pipelines.foresight import Foreseen
from winnow.pipelines.known_texts import known_prompts
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def questions_of(entry: JudgeSettings, foreseen: Foreseen, staging: Staging) -> int:
    """Count the questions of a judge's first round, by what it asks about a subject of one of the prompts.

    The same question about both orders of a subject is one; one that several subjects share counts with each. What it
    asks in later rounds depends on the replies.

    Args:
        entry: The judge.
        foreseen: What it will be asked about.
        staging: Holds the prompts.
    """
    judge = entry.build()
    n_subjects = {
        "pair": foreseen.n_pairs,
        "group": foreseen.n_rankings,
        "response": foreseen.n_responses,
    }[judge.subject]
    prompts = Prompt.from_table(known_prompts(staging).slice(0, 1))
    if not n_subjects or not prompts:
        return 0
    n = n_shown(judge, 2)
    view = made_up(judge, prompts[0], *(f"Response {i}." for i in range(n)))
    in_order = {"ab": view, "ba": view.model_copy(update={"places": view.places[::-1]})}
    asked = {
        question.model_dump_json()
        for shown in [in_order[order] for order in entry.shown]
        for question in judge.ask(shown)
    }
    return n_subjects * len(asked)


def n_shown(judge: Judge, n_together: int) -> int:
    """Count the responses that a judge is shown at once, of as many as stand side by side."""
    return {"pair": 2, "group": n_together, "response": 1}[judge.subject]


def made_up(judge: Judge, prompt: Prompt, *texts: str) -> SubjectView:
    """Make up what a judge is asked about, with responses that say these texts."""
    responses = tuple(
        Response(prompt_id=prompt.prompt_id, text=text, model="", sample_index=i)
        for i, text in enumerate(texts)
    )
    return SubjectView(
        kind="response" if judge.subject == "response" else "comparison",
        subject_id="",
        prompt=prompt,
        responses=responses,
        places=tuple(range(len(responses))),
    )
