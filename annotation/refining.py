"""How a model is asked to improve a response, given what was said of it.

The model reads the conversation with the response as its own last turn, and then the reviews (Madaan et al. 2023,
"Self-Refine: Iterative Refinement with Self-Feedback").
"""

from collections.abc import Sequence

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.templates import load_prompt
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

GUIDELINES = "It does what was asked, is correct and complete, and says nothing that helps nobody."

NOTHING_SAID = "Nobody said anything of it. Look for what is wrong, missing or unclear yourself."


def refinement(
    prompt: Prompt, response: Response, reviews: Sequence[str], guidelines: str = GUIDELINES
) -> tuple[Message, ...] | None:
    """Write the conversation that asks for a better response.

    Args:
        prompt: What was asked.
        response: What was answered.
        reviews: What was said of it, a text each.
        guidelines: What a better response does, in words for the model.

    Returns:
        The turns, the last of them the request; None where the response does not go on from the prompt's beginning.
    """
    told = model_input(prompt)
    answered = told.answered(response.as_turns())
    if answered is None:
        return None
    said = "\n\n".join(f"{i}. {defuse(text)}" for i, text in enumerate(reviews, 1)) or NOTHING_SAID
    fence = Fence.against([said])
    request = load_prompt("refine").substitute(
        guidelines=guidelines, tag=f"reviews-{fence.code}", reviews=fence.wrap("reviews", said)
    )
    return (*told.finished(), *answered, Message(role="user", content=request))
