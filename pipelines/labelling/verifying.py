"""Verifiers at work: each response is measured once, and comparisons get a verdict from what was measured."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import pyarrow.compute as pc

from winnow.annotation.judge import ComparisonView
from winnow.annotation.verifier import Finding, Verifier
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.labelling.examining import examine
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.tally import Tally
from winnow.schemas.judgments import Judgment, Rating
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def verify(
    staging: Staging,
    views: Sequence[ComparisonView],
    settings: Sequence[VerifierSettings],
    *,
    beam: BeamSettings,
    tally: Tally,
    part: str = "measured",
    known: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[Judgment]:
    """Have verifiers judge comparisons; where a prompt gives nothing to measure by, a reject of the tally.

    What was measured is staged too, one judgment a response.

    Args:
        staging: Holds prompts and responses; gets what was measured.
        views: The comparisons.
        settings: The verifiers.
        beam: Where responses are measured.
        tally: Takes the rejects.
        part: Part of the table that what was measured is staged in.
        known: By annotator, ids of comparisons and responses that it has judged and measured before.

    Returns:
        The judgments of comparisons.
    """
    verifiers = {entry.annotator_id: entry.build() for entry in settings}
    if not verifiers:
        return []
    wanted = sorted({i for view in views for i in (view.a.response_id, view.b.response_id)})
    responses = staging.read(Response)
    compared = responses.filter(pc.is_in(responses["response_id"], pc.cast(wanted, "string")))
    findings = examine(staging, compared, verifiers, beam)
    judgments: list[Judgment] = []
    measured: list[Judgment] = []
    for annotator_id, verifier in verifiers.items():
        name = verifier.name
        rated = (of_response(name, annotator_id, f) for f in findings[annotator_id].values())
        measured += [j for j in rated if j and j.subject_id not in known.get(annotator_id, ())]
        for view in views:
            if view.comparison_id in known.get(annotator_id, ()):
                continue
            judgment = to_judgment(verifier, annotator_id, view, findings[annotator_id])
            if judgment is None:
                record_id = f"{annotator_id} {view.comparison_id}"
                tally.reject("judgment", record_id, verifier.needs)
            else:
                judgments.append(judgment)
    measured.sort(key=lambda j: j.judgment_id)
    staging.write(Judgment, measured, part=part)
    return judgments


def of_response(name: str, annotator_id: str, found: Finding) -> Judgment | None:
    """Write down what a verifier of some name found in a response; None where there was nothing to measure by."""
    if found.score is None:
        return None
    rating = Rating(
        response_id=found.response_id, attribute=found.attribute or name, score=found.score
    )
    return Judgment(
        subject_kind="response",
        subject_id=found.response_id,
        annotator_id=annotator_id,
        kind="verifier",
        ratings=(rating,),
        rationale=f"fails {', '.join(found.failed)}" if found.failed else "",
    )


def to_judgment(
    verifier: Verifier, annotator_id: str, view: ComparisonView, findings: Mapping[str, Finding]
) -> Judgment | None:
    """Compare what was found in both responses; None where there was nothing to measure by."""
    a, b = findings[view.a.response_id], findings[view.b.response_id]
    if a.score is None or b.score is None:
        return None
    reading = verifier.compare(a, b)
    return Judgment(
        comparison_id=view.comparison_id,
        annotator_id=annotator_id,
        kind="verifier",
        verdict=reading.verdict,
        strength=reading.strength,
        ratings=reading.ratings,
        rationale=reading.rationale,
    )
