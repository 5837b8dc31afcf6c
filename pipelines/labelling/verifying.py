"""Verifiers at work: each response is measured once, and comparisons get a verdict from what was measured."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from winnow.annotation.judge import ComparisonView, Reading
from winnow.annotation.verifier import Finding, Verifier
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.labelling.portions import Portion
from winnow.pipelines.labelling.said_files import NOT_ASKED, SaidFiles, SaidFolder
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


def verify(
    portions: Sequence[Portion],
    settings: Sequence[VerifierSettings],
    *,
    beam: BeamSettings,
    said: SaidFolder,
    measured: SaidFolder,
) -> None:
    """Have verifiers judge comparisons; where a prompt gives nothing to measure by, that is a reject.

    Args:
        portions: The comparisons.
        settings: The verifiers.
        beam: Where responses are measured.
        said: Takes the judgments of comparisons, and the rejects.
        measured: Takes what was measured, one judgment a response.
    """
    if settings:
        one = partial(_verify_one, settings=settings, said=said, measured=measured)
        for_each(one, portions, beam)


def _verify_one(
    portion: Portion, settings: Sequence[VerifierSettings], said: SaidFolder, measured: SaidFolder
) -> None:
    every = portion.views()
    with said.opened(portion.name) as files, measured.opened(portion.name) as of_responses:
        for entry in settings:
            annotator_id, verifier = entry.annotator_id, entry.build()
            known = portion.known(annotator_id)
            views = [view for view in every if entry.when is None or entry.when.fits(view.prompt)]
            asked = {r.response_id: (view.prompt, r) for view in views for r in (view.a, view.b)}
            wanted = {view.comparison_id for view in views}
            for view in every:
                if view.comparison_id not in wanted and view.comparison_id not in known:
                    files.reject(f"{annotator_id} {view.comparison_id}", NOT_ASKED)
            found = _measured(verifier, asked)
            for response_id, finding in found.items():
                is_said = finding.score is not None or finding.status == "error"
                if is_said and response_id not in known:
                    part = JudgedPart("response", response_id, (response_id,), None)
                    reading = of_response(verifier.name, finding)
                    of_responses.judge(annotator_id, "verifier", part, reading)
            new = [view for view in views if view.comparison_id not in known]
            _compare(new, annotator_id, verifier, found, files)


def _measured(
    verifier: Verifier, asked: Mapping[str, tuple[Prompt, Response]]
) -> dict[str, Finding]:
    prompts: dict[str, Prompt] = {}
    answers: dict[str, list[Response]] = defaultdict(list)
    for _, (prompt, response) in sorted(asked.items()):
        prompts[prompt.prompt_id] = prompt
        answers[prompt.prompt_id].append(response)
    return {
        finding.response_id: finding
        for prompt_id, responses in answers.items()
        for finding in verifier.examine_all(prompts[prompt_id], responses)
    }


def _compare(
    views: Sequence[ComparisonView],
    annotator_id: str,
    verifier: Verifier,
    found: Mapping[str, Finding],
    files: SaidFiles,
) -> None:
    for view in views:
        ids = view.a.response_id, view.b.response_id
        a, b = found[ids[0]], found[ids[1]]
        part = JudgedPart("comparison", view.comparison_id, ids, None)
        if broken := [one.reason for one in (a, b) if one.status == "error"]:
            files.judge(annotator_id, "verifier", part, _no_result(broken))
        elif a.score is None or b.score is None:
            why = next(one.reason for one in (a, b) if one.score is None)
            files.reject(f"{annotator_id} {view.comparison_id}", verifier.needs, why)
        else:
            said = verifier.compare(a, b)
            kept = Reading(
                verdict=said.verdict,
                strength=said.strength,
                ratings=said.ratings,
                rationale=said.rationale,
            )
            files.judge(annotator_id, "verifier", part, kept)


def of_response(name: str, found: Finding) -> Reading:
    """Write down what a verifier of some name found in a response; where it came to no result, that is invalid."""
    if found.status == "error" or found.score is None:
        return _no_result([found.reason])
    scores = {found.attribute or name: found.score}
    scores |= {f"{name}.{part.name}": part.score for part in found.parts}
    ratings = tuple(
        Rating(response_id=found.response_id, attribute=attribute, score=score)
        for attribute, score in scores.items()
    )
    return Reading(ratings=ratings, rationale="; ".join(_words(found)))


def _words(found: Finding) -> Iterator[str]:
    if found.failed:
        yield f"fails {', '.join(found.failed)}"
    if found.status == "no_answer":
        yield "no answer"
    if found.extracted is not None:
        yield f"answer: {found.extracted}"
    if found.reason:
        yield found.reason


def _no_result(reasons: Sequence[str]) -> Reading:
    return Reading(verdict="invalid", rationale=f"no result: {'; '.join(filter(None, reasons))}")
