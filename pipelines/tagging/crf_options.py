"""The parameters of `CRFTagger`, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wordvec._utils.messages import shown
from wordvec._utils.threads import check_n_jobs
from wordvec._utils.validation import check_bool, check_choice, check_float, check_int, check_seed

from ..schemes.schemes import SCHEMES
from .crf_input import OWNER
from .features.token_features import TokenFeatures
from .learning.training import FitOptions

if TYPE_CHECKING:
    from .crf import CRFTagger

# Of a penalty. All weights are about 0 long before; from about 1e19 on, squares of gradients leave float32.
MAX_STRENGTH = 1e12


def checked_options(tagger: CRFTagger) -> FitOptions:
    """Check the parameters of a tagger and return those of training.

    Raises
    ------
    TypeError, ValueError
        If one is not what it must be.
    """
    algorithm = check_choice("algorithm", tagger.algorithm, OWNER, ("lbfgs", "sgd", "perceptron"))
    c1 = check_float("c1", tagger.c1, OWNER, 0.0, MAX_STRENGTH)
    if c1 and algorithm != "lbfgs":
        raise ValueError(
            f'The c1 parameter of {OWNER} must be 0 unless the algorithm is "lbfgs". Got {tagger.c1!r} instead.'
        )
    check_int("vector_window", tagger.vector_window, OWNER, 0, 5)
    for name in ("all_possible_states", "all_possible_transitions"):
        check_bool(name, getattr(tagger, name), OWNER)
    if tagger.scheme is not None:
        check_choice("scheme", tagger.scheme, OWNER, ("auto", *SCHEMES))
    if tagger.patience is not None:
        check_int("patience", tagger.patience, OWNER, 1)
    _check_extractor(tagger)
    check_prediction(tagger)
    return FitOptions(
        algorithm=algorithm,
        c1=c1,
        c2=check_float("c2", tagger.c2, OWNER, 0.0, MAX_STRENGTH),
        max_iter=None if tagger.max_iter is None else check_int("max_iter", tagger.max_iter, OWNER, 1),
        min_freq=check_float("min_freq", tagger.min_freq, OWNER, 0.0),
        tol=check_float("tol", tagger.tol, OWNER, 0.0),
        period=check_int("period", tagger.period, OWNER, 1),
        learning_rate=check_float("learning_rate", tagger.learning_rate, OWNER, 0.0, low_open=True),
        seed=check_seed(tagger.random_state, OWNER),
        verbose=None if tagger.verbose is None else check_bool("verbose", tagger.verbose, OWNER),
    )


def check_prediction(tagger: CRFTagger) -> None:
    """Check the parameters that predictions look at, which may be set after training."""
    check_choice("decoding", tagger.decoding, OWNER, ("viterbi", "marginal"))
    check_n_jobs(tagger.n_jobs, OWNER)


def _check_extractor(tagger: CRFTagger) -> None:
    if tagger.features is not None and not isinstance(tagger.features, TokenFeatures):
        raise TypeError(
            f"The features parameter of {OWNER} must be a TokenFeatures(...), or None for the default. "
            f"Got {shown(tagger.features)} instead. Features of your own are the tokens of X."
        )
