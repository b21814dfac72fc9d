"""`map_batches`: apply a function to batches of texts on all cores of a cluster, with results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from wordvec.distributed.cluster import connected, gathered, live_nodes

_Batch = TypeVar("_Batch")
_Result = TypeVar("_Result")


def map_batches(
    function: Callable[[_Batch], _Result], batches: Iterable[_Batch], *, address: str = "auto"
) -> Iterator[_Result]:
    """Yield ``function(batch)`` for each batch, in order, computed on the cores of a Ray cluster.

    For the `transform` or `predict` of a fitted vectorizer, encoder, classifier or tagger. The function is sent to each
    node once; batches are consumed as needed, two per core. A batch whose worker is lost is computed again.

    Parameters
    ----------
    function : callable
        For example ``classifier.predict``; it should use one thread (``n_jobs=1``).
    batches : iterable
        For example lists of a few thousand texts.
    address : str
        Address of the cluster, see `train`.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster.
    Exception
        Whatever `function` raises.
    """
    with connected(address) as ray:
        sent = ray.put(_Function(function))
        call = ray.remote(_call)
        most = 2 * sum(live_nodes(ray).values())
        waiting: deque[Any] = deque()
        for batch in batches:
            waiting.append(call.remote(sent, batch))
            if len(waiting) >= most:
                yield gathered(ray, waiting.popleft())
        while waiting:
            yield gathered(ray, waiting.popleft())


class _Function:
    """A wrapper that Ray treats as a value instead of a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function


def _call(sent: _Function, batch: Any) -> Any:
    return sent.function(batch)
