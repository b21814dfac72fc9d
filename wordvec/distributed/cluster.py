"""The connection to a Ray cluster: opened quietly, closed if opened here, with errors converted to ours."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import warnings
from collections.abc import Iterator
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import import_optional

_SECONDS_TO_CONNECT = 10.0


def import_ray() -> Any:
    """Return the module ray, or raise ImportError with the pip command that installs it."""
    return import_optional("ray", pip="wordvec[distributed]", purpose="Work on several machines")


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster, unless this process is connected already; yield the module ray.

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
    ValueError
        If `address` is not text.
    """
    if not isinstance(address, str) or not address:
        raise ParameterError(
            "address", "distributed", "be 'auto', 'local' or the address of a cluster", address
        )
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    # Ray prints the errors of calls whose results nobody needs any more.
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    try:
        _check_reachable(address)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConnectionError(
            f"No Ray cluster answers at {address!r}. Start one with `ray start --head` on one machine and `ray start "
            "--address=HOST:6379` on the others, or give 'local' as the address to use this machine alone."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise OSError if nothing answers at HOST:PORT; Ray itself would retry for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_SECONDS_TO_CONNECT).close()


def gathered(ray: Any, found: Any) -> Any:
    """Return the values of references; a worker's exception is raised unchanged."""
    try:
        return ray.get(found)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, Exception):
            raise error.cause from None
        raise


def live_nodes(ray: Any) -> dict[str, int]:
    """Return the number of cores of each live node that has any, by node id."""
    cores = {node["NodeID"]: int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]}
    return {node: n for node, n in cores.items() if n}


def on_node(ray: Any, kind: type, node: str) -> Any:
    """Return the remote class for workers of a kind on a given node.

    They reserve no core, so that lost objects can be recomputed on the same node.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return ray.remote(kind).options(
        num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
    )
