"""The connection to a Ray cluster: opened quietly, closed if it was opened here, its errors told as ours."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from wordvec._utils.validation import import_optional


def import_ray() -> Any:
    """Return Ray's module, or raise ImportError with the pip command that brings it."""
    return import_optional("ray", pip="wordvec[distributed]", purpose="Work on several machines")


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster, unless this process is connected; give Ray's module.

    Parameters
    ----------
    address : str
        "auto" for the cluster that this machine is part of, "local" for a new one on this machine, or the address of
        another one.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster.
    """
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ConnectionError(
            f"No Ray cluster answers at address={address!r}. Start one with `ray start --head` on one machine and `ray "
            "start --address=HOST:6379` on the others, or pass address='local' to use this machine alone."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def gathered(ray: Any, found: Any) -> Any:
    """Return the values of references; an exception of a worker is raised as it was there."""
    try:
        return ray.get(found)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, Exception):
            raise error.cause from None
        raise


def live_nodes(ray: Any) -> dict[str, int]:
    """Return the cores of each node that is there, by its id."""
    return {
        node["NodeID"]: max(1, int(node["Resources"].get("CPU", 1))) for node in ray.nodes() if node["Alive"]
    }
