"""The address of a Dask cluster → an executor that runs on it. Owns distributed.

The cluster is there already and somebody else's care: how it is started, grows, and is kept from
strangers (certificates) is said where Dask says it, and read from there by its client.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ptxl.model.errors import ExecutorError

#: seconds to find the scheduler in
_PATIENCE = 15


@contextmanager
def connected(address: str) -> Iterator[Executor]:
    """An executor on the cluster whose scheduler is at an address (`tcp://host:8786`).

    Raises ExecutorError where no scheduler answers, or Dask is not installed here.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ExecutorError("cluster_extra") from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except Exception as error:  # each way of connecting has errors of its own
        detail = f"{type(error).__name__}: {error}"[:300]
        raise ExecutorError("cluster_unreachable", address=address, detail=detail) from error
    with client:
        yield client.get_executor(pure=False)
