"""How large the creation of a mandate is: its routes travel in it, and chains limit its bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import fields

from trimtab.chain.artifacts import load
from trimtab.chain.contracts import interface
from trimtab.deploy.spec import NO_ADDRESS, DeploymentSpec
from trimtab.domain.snapshot import Limits

CREATION_CAP = 49_152
"""Most bytes of creation code, arguments included, that a chain takes (EIP-3860)."""

POOL_BYTES, TOKEN_BYTES = 3, 20
"""What a path holds for each pool, and for each token between two of them."""


def mandate_size(*, assets: int, keepers: int, hops: Sequence[int]) -> int:
    """Bytes of the code that creates a mandate, arguments included.

    Parameters
    ----------
    assets, keepers
        How many of them.
    hops
        Pools on the way of each route.
    """
    roles = (NO_ADDRESS, NO_ADDRESS, NO_ADDRESS, [NO_ADDRESS] * keepers)
    limits = (0,) * len(fields(Limits))
    kept = [(NO_ADDRESS, 0, 0, 0, 0, 0)] * assets
    paths = [bytes(pools * POOL_BYTES + (pools - 1) * TOKEN_BYTES) for pools in hops]
    routes = [(NO_ADDRESS, 0, 0, path) for path in paths]
    arguments = interface("Mandate").constructor_arguments(roles, limits, kept, routes)
    return len(load("Mandate").bytecode) + len(arguments)


def size_findings(*, assets: int, keepers: int, hops: Sequence[int]) -> Iterator[str]:
    """What is wrong with a mandate that no chain would take, and how much of it would pass."""

    def size_with(routes: int) -> int:
        return mandate_size(assets=assets, keepers=keepers, hops=hops[:routes])

    size = size_with(len(hops))
    if size <= CREATION_CAP:
        return
    fit = bisect_right(range(len(hops)), CREATION_CAP, key=size_with) - 1
    yield (
        f"{len(hops)} routes, each direction counted, make the mandate's creation {size:,} bytes, "
        f"expected at most {CREATION_CAP:,}, which is all that a chain takes: keep the first {fit} "
        "and add the others afterwards with `trimtab vault propose add-route`"
    )


def mandate_findings(spec: DeploymentSpec) -> Iterator[str]:
    """The same of a specification."""
    hops = [len(route.fees) for route in spec.routes]
    found = size_findings(assets=len(spec.assets), keepers=len(spec.roles.keepers), hops=hops)
    yield from (f"routes: {finding}" for finding in found)
