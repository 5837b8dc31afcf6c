"""A step: cut responses short, so that which of two is worse is known."""

from winnow.pipelines.steps import STEPS, Step
from winnow.pipelines.tally import Tally
from winnow.schemas.responses import Response


@STEPS.register("cut", version=1)
class CutStep(Step):
    n_chars: int = 80

    def work(self, at):
        tally = Tally(at.stage, "responses", at.run_id)
        cut = [
            Response(prompt_id=r.prompt_id, text=r.text[: self.n_chars], model=r.model, made="degraded", parent_id=r.response_id)
            for r in Response.from_table(at.staging.read(Response))
            if r.made != "degraded" and len(r.text) > self.n_chars
        ]  # fmt: skip
        at.staging.write(Response, cut, part=at.stage)
        return [tally.close(at.staging, n_in=len(cut), n_out=len(cut))]
