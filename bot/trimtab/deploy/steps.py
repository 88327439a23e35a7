"""The transactions of a deployment, in their order; pure, given the addresses so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import rlp
from eth_typing import ChecksumAddress
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from trimtab.chain.artifacts import load
from trimtab.chain.contracts import encode_call, interface
from trimtab.deploy.spec import NO_ADDRESS, DeploymentSpec
from trimtab.deploy.survey import Survey, answer_bounds

CONTRACTS = ("PriceOracle", "UniswapV3Venue", "VaultLens", "Mandate", "Vault", "Zapper")
"""What is always deployed, each after what its constructor needs; libraries come before."""

TIMELOCK = "TimelockController"
"""Deployed first where the vault is to be owned by a timelock of its own."""

CREATION_GAS = 53_000
"""Gas of any transaction that creates a contract."""

WORD_GAS = 22_100
"""Gas of the first write of a word of storage."""

BYTE_GAS = 200 + 2 * 16
"""Gas for each byte of new code: stored, and sent twice at worst as calldata."""

APPROVAL_GAS = 80_000
"""Most gas that an approval of a plain token needs."""

BIND_GAS = 90_000
"""Most gas that binding the mandate to its vault needs."""

SEED_GAS = 250_000
SEED_GAS_PER_ASSET = 130_000
"""Most gas that the first deposit needs, and for each asset."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction.

    Attributes
    ----------
    slug
        Name of the step, the same in every run.
    to
        Who is called; None creates a contract.
    data
        Calldata, or creation code with its arguments.
    contract
        Name of the contract that is created, or None.
    arguments, encoded
        Constructor arguments, for the record, and the same at the end of `data`.
    gas_bound
        Gas that the step certainly does not exceed.
    """

    slug: str
    to: ChecksumAddress | None
    data: bytes
    contract: str | None
    arguments: tuple[Any, ...]
    gas_bound: int
    encoded: bytes = b""


def slugs(spec: DeploymentSpec) -> tuple[str, ...]:
    """Names of all steps, in order."""
    approvals = (f"approve {asset.symbol}" for asset in spec.assets if asset.weight)
    return (*creations(spec), "bind", *approvals, "seed")


def creations(spec: DeploymentSpec) -> tuple[str, ...]:
    """Names of the contracts that are created, in order, libraries included."""
    return with_libraries((TIMELOCK, *CONTRACTS) if spec.timelock else CONTRACTS)


def with_libraries(contracts: tuple[str, ...]) -> tuple[str, ...]:
    """`contracts` with each linked library once, before what needs it."""
    ordered: list[str] = []
    for name in contracts:
        for needed in (*with_libraries(tuple(sorted(load(name).links))), name):
            if needed not in ordered:
                ordered.append(needed)
    return tuple(ordered)


def step(slug: str, spec: DeploymentSpec, found: Survey, addresses: Mapping[str, str]) -> Step:
    """The transaction of one step.

    Parameters
    ----------
    slug
        One of `slugs`.
    addresses
        Addresses of the contracts of earlier steps, by name.
    """
    if slug == "bind":
        return _binding(addresses)
    if slug == "seed":
        return _seed(spec, found, addresses)
    if slug.startswith("approve "):
        return _approval(slug, spec, found, addresses)
    return _creation(slug, spec, found, addresses)


def created_address(deployer: str, nonce: int) -> ChecksumAddress:
    """Address of the contract that `deployer` creates with its transaction number `nonce`."""
    packed = rlp.encode([to_canonical_address(deployer), nonce])
    return to_checksum_address(keccak(packed)[12:])


def _creation(name: str, spec: DeploymentSpec, found: Survey, addresses: Mapping[str, str]) -> Step:
    artifact = load(name)
    arguments = _arguments(name, spec, found, addresses)
    encoded = interface(name).constructor_arguments(*arguments) if arguments else b""
    words = [encoded[i : i + 32] for i in range(0, len(encoded), 32)]
    stored = sum(any(word) for word in words) + 4 * len(spec.assets)
    return Step(
        slug=name,
        to=None,
        data=artifact.linked(addresses) + encoded,
        contract=name,
        arguments=arguments,
        gas_bound=CREATION_GAS
        + BYTE_GAS * (len(artifact.bytecode) + len(encoded))
        + (WORD_GAS * stored if arguments else 0),
        encoded=encoded,
    )


def _arguments(
    name: str, spec: DeploymentSpec, found: Survey, addresses: Mapping[str, str]
) -> tuple[Any, ...]:
    if name == TIMELOCK and spec.timelock:
        lock = spec.timelock
        return (lock.delay, list(lock.proposers), list(lock.executors), NO_ADDRESS)
    if name == "PriceOracle":
        return (spec.owner(addresses), spec.sequencer_feed, list(_feeds(spec, found)), [], [])
    if name == "UniswapV3Venue":
        return (spec.uniswap.router,)
    if name == "Mandate":
        return _mandate_arguments(spec, addresses)
    if name == "Vault":
        return (spec.name, spec.symbol, addresses["Mandate"], addresses["PriceOracle"])
    return ()


def _feeds(spec: DeploymentSpec, found: Survey) -> Iterator[tuple[Any, ...]]:
    for asset, facts in zip(spec.assets, found.assets, strict=True):
        yield (
            asset.token,
            asset.feed,
            asset.heartbeat,
            asset.deviation,
            *answer_bounds(asset, facts.feed_decimals),
        )


def _mandate_arguments(spec: DeploymentSpec, addresses: Mapping[str, str]) -> tuple[Any, ...]:
    people = spec.roles
    roles = (spec.owner(addresses), people.manager, people.guardian, list(people.keepers))
    assets = [
        (
            asset.token,
            asset.weight,
            asset.min_weight,
            asset.max_weight,
            asset.band,
            asset.hard_band,
        )
        for asset in spec.assets
    ]
    venue = addresses["UniswapV3Venue"]
    routes = [(venue, route.token_in, route.token_out, route.data()) for route in spec.routes]
    return (roles, astuple(spec.limits), assets, routes)


def _binding(addresses: Mapping[str, str]) -> Step:
    """The mandate governs the vault; only who deployed it can say so, and only once."""
    data = interface("Mandate").encode("bind", addresses["Vault"])
    return Step("bind", to_checksum_address(addresses["Mandate"]), data, None, (), BIND_GAS)


def _approval(slug: str, spec: DeploymentSpec, found: Survey, addresses: Mapping[str, str]) -> Step:
    symbol = slug.removeprefix("approve ")
    position = [asset.symbol for asset in spec.assets].index(symbol)
    data = encode_call("approve(address,uint256)", addresses["Vault"], found.seed[position])
    token = to_checksum_address(spec.assets[position].token)
    return Step(slug, token, data, None, (), APPROVAL_GAS)


def _seed(spec: DeploymentSpec, found: Survey, addresses: Mapping[str, str]) -> Step:
    data = interface("Vault").encode("seed", spec.shares(), list(found.seed), spec.receiver)
    gas = SEED_GAS + SEED_GAS_PER_ASSET * len(spec.assets)
    return Step("seed", to_checksum_address(addresses["Vault"]), data, None, (), gas)
