"""A tagger read from a file: `CRFTagger` without training, and without scikit-learn, which takes 0.6 s to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wordvec._utils.foreign_names import ForeignNames
from wordvec.vectors.keyed_vectors import KeyedVectors

from .features.extractor import FeatureExtractor
from .foreign_names import TAGGER_ATTRIBUTES, TAGGER_PARAMETERS
from .lexical import LexicalTagger
from .options import CRF_RULES
from .prediction import PredictingTagger
from .raw_text import TextTagger
from .storage import StoredTagger

if TYPE_CHECKING:
    from .features.token_features import TokenFeatures


class FittedTagger(PredictingTagger, LexicalTagger, TextTagger, StoredTagger, ForeignNames):
    """A fitted `CRFTagger` without training; ``FittedTagger.load`` reads its files, and predictions are bit-identical.

    The parameters, attributes and errors are those of `CRFTagger`.
    """

    _foreign_parameters = TAGGER_PARAMETERS
    _foreign_attributes = TAGGER_ATTRIBUTES
    _parameter_rules = CRF_RULES
    _extractor_class: type[FeatureExtractor] = FeatureExtractor

    file_layout_: dict[str, Any] | None

    def __init__(
        self,
        algorithm: str = "lbfgs",
        c1: float = 0.0,
        c2: float = 1.0,
        max_iter: int | None = 100,
        vectors: KeyedVectors | list[KeyedVectors] | None = None,
        n_jobs: int | None = -1,
        *,
        vector_window: int | None = 0,
        n_clusters: int | Sequence[int] | None = None,
        gazetteers: Mapping[str, Any] | None = None,
        dictionary: bool = False,
        features: TokenFeatures | None = None,
        min_freq: float = 0.0,
        all_possible_states: bool = False,
        all_possible_transitions: bool = False,
        scheme: str | None = "auto",
        decoding: str = "viterbi",
        tol: float = 1e-5,
        period: int = 10,
        learning_rate: float = 0.1,
        patience: int | None = None,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.algorithm = algorithm
        self.c1 = c1
        self.c2 = c2
        self.max_iter = max_iter
        self.vectors = vectors
        self.n_jobs = n_jobs
        self.vector_window = vector_window
        self.n_clusters = n_clusters
        self.gazetteers = gazetteers
        self.dictionary = dictionary
        self.features = features
        self.min_freq = min_freq
        self.all_possible_states = all_possible_states
        self.all_possible_transitions = all_possible_transitions
        self.scheme = scheme
        self.decoding = decoding
        self.tol = tol
        self.period = period
        self.learning_rate = learning_rate
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose
