"""How good judges are on comparisons whose better response is known."""

from winnow.annotation.evaluation.evaluate import TOGETHER, Evaluation, evaluate
from winnow.annotation.evaluation.rows import FIGURES, figure_table

__all__ = ["FIGURES", "TOGETHER", "Evaluation", "evaluate", "figure_table"]
