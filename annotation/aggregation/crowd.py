"""Labels by crowd-kit: Dawid-Skene and MACE."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from winnow.annotation.aggregation.counting import EVEN
from winnow.annotation.aggregation.gold import CLASSES, GoldVerdicts
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.reliability import implied_weights
from winnow.annotation.aggregation.votes import INVALID, VERDICTS, Votes
from winnow.schemas.errors import MissingPackage

if TYPE_CHECKING:
    import pandas as pd


def dawid_skene(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Posterior:
    """Fit a confusion matrix to each annotator by expectation maximisation; gold, where there is any, counts as the truth.

    Source: Dawid and Skene 1979, Applied Statistics 28(1), 20-28; crowd-kit's implementation.
    """
    import pandas as pd

    if not len(opinions.item):
        return _nothing_said(opinions)
    fitted = _crowdkit().DawidSkene(n_iter=100)
    rows = gold.rows
    known = pd.Series([CLASSES[c] for c in gold.verdict[rows]], index=rows) if len(rows) else None
    with _quiet():
        probabilities = fitted.fit_predict_proba(_labels(votes), true_labels=known)
    return _posterior(probabilities, opinions)


def mace(votes: Votes, opinions: Opinions, gold: GoldVerdicts) -> Posterior:
    """Fit to each annotator how often it answers without looking, and with what. Gold is not used.

    Source: Hovy et al. 2013, NAACL-HLT, 1120-1130; crowd-kit's implementation, with a fixed seed.
    """
    if not len(opinions.item):
        return _nothing_said(opinions)
    fitted = _crowdkit().MACE(random_state=0)
    with _quiet():
        probabilities = fitted.fit_predict_proba(_labels(votes))
    return _posterior(probabilities, opinions)


def _nothing_said(opinions: Opinions) -> Posterior:
    return Posterior(np.tile(EVEN, (opinions.n_items, 1)), np.zeros(opinions.n_annotators))


@contextmanager
def _quiet() -> Iterator[None]:
    # crowd-kit calls pandas in ways that pandas 3 warns of, over and over.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _crowdkit() -> ModuleType:
    try:
        from crowdkit.aggregation import classification
    except ImportError as error:
        raise MissingPackage("crowd-kit is not installed; pip install 'winnow[run]'") from error
    return classification


def _labels(votes: Votes) -> "pd.DataFrame":
    import pandas as pd

    valid = votes.verdict != INVALID
    verdict = np.array(VERDICTS)[votes.verdict[valid]]
    return pd.DataFrame(
        {"task": votes.item[valid], "worker": votes.annotator[valid], "label": verdict}
    )


def _posterior(probabilities: "pd.DataFrame", opinions: Opinions) -> Posterior:
    full = np.tile(EVEN, (opinions.n_items, 1))
    columns = probabilities.reindex(columns=list(CLASSES)).fillna(0.0).to_numpy(float)
    full[probabilities.index.to_numpy()] = columns / columns.sum(axis=1, keepdims=True)
    return Posterior(full, implied_weights(full, opinions))
