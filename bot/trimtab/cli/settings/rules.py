"""What settings must be in relation to each other, each fault with the key it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from eth_utils.address import is_address
from pydantic_core import PydanticCustomError

from trimtab.cli.settings.lines import Path
from trimtab.cli.settings.units import fraction_text, seconds_text
from trimtab.deploy.size import size_findings
from trimtab.domain.units import WAD
from trimtab.policy.presets import DEFAULT, POLICIES
from trimtab.telemetry import redact_url

if TYPE_CHECKING:
    from trimtab.cli.settings.schema import (
        AssetSettings,
        DeploySettings,
        KeeperSettings,
        KeysSettings,
        LimitsSettings,
        NodeSettings,
        RouteSettings,
        Settings,
    )

PlacedFault = tuple[Path, str]
"""Path of a key below the checked section, and what is wrong with it."""

FRACTION_CAPS = {
    "slippage": 3 * 10**16,
    "public_slippage": 4 * 10**15,
    "loss_capacity": 10**16,
    "loss_per_day": 5 * 10**14,
    "turnover_capacity": 5 * 10**17,
    "turnover_per_day": 10**17,
    "calendar_floor": 10**17,
    "flow_capacity": 2 * 10**17,
    "drawdown": 9 * 10**17,
}
"""Greatest value of each limit that is a fraction, in WAD, as in LimitCaps.sol."""

WAIT_CAP = 30 * 86_400
"""Longest cooldown and notice, in seconds, as in LimitCaps.sol."""

PUBLIC_COOLDOWN_MIN = 600
"""Shortest cooldown of the public tier, in seconds, as in LimitCaps.sol."""

CALENDAR_PERIOD_MIN = 3_600
CALENDAR_PERIOD_CAP = 366 * 86_400
"""Shortest and longest calendar period, in seconds, as in LimitCaps.sol."""

HEARTBEAT_CAP = 3 * 86_400
"""Longest heartbeat of a feed, in seconds, as in FeedCheck.sol."""

DELAY_CAP = 365 * 86_400
"""Longest delay of a timelock that is created, in seconds."""

DRAWDOWN_MIN = 10**16
"""Least limit of the drawdown breaker, in WAD, as in LimitCaps.sol."""

CALENDAR_FLOOR_MIN = 10**15
"""Least floor of drift while the calendar is on, in WAD, as in LimitCaps.sol."""

PUBLIC_AFTER_CAP = 120
"""Longest time that a transaction is left to a private relay alone, in seconds."""

LEASE_MIN, LEASE_CAP = 10, 3_600
"""Shortest and longest right to sign that is not renewed, in seconds."""


def raise_all(faults: Iterable[PlacedFault]) -> None:
    """Raise one error that carries all `faults`; none if there are none."""
    found = list(faults)
    if found:
        raise PydanticCustomError("placed", "see the faults it carries", {"faults": found})


def node_faults(node: NodeSettings) -> Iterator[PlacedFault]:
    """One node or several are named, each once; what goes to a relay stays there for a while."""
    if (node.url is None) == (node.urls is None):
        yield (), "expected either url (one node) or urls (a list of nodes)"
    for address, times in Counter(node.urls or ()).items():
        if times > 1:
            yield ("urls",), f"names {redact_url(address)} {times} times, expected each node once"
    if node.private_url is not None and node.private_url in (node.url, *(node.urls or ())):
        yield (
            ("private_url",),
            f'is "{redact_url(node.private_url)}", which is among the nodes: expected a relay that '
            "keeps to itself what it is handed",
        )
    if not 1 <= node.public_after <= PUBLIC_AFTER_CAP:
        yield (
            ("public_after",),
            f"is {seconds_text(node.public_after)}, expected 1 s to "
            f"{seconds_text(PUBLIC_AFTER_CAP)}: what no block holds after three minutes is "
            "decided anew",
        )


def vault_faults(
    record: str | None, address: str | None, lens: str | None
) -> Iterator[PlacedFault]:
    """A record and addresses exclude each other, and a lens is needed beside an address."""
    if (record is None) == (address is None):
        yield (), "expected either record (a file that trimtab deploy wrote) or address and lens"
    elif address is not None and lens is None:
        yield (), "address needs lens beside it: the VaultLens of that chain"


def keys_faults(keys: KeysSettings) -> Iterator[PlacedFault]:
    """One key is named, once; a signer elsewhere is told whose signature is wanted."""
    ways = (keys.keystore, keys.key_variable, keys.remote_url, keys.kms_key)
    if sum(way is not None for way in ways) != 1:
        yield (
            (),
            "expected one of keystore (a file), key_variable (a variable that holds a key, on test "
            "networks), remote_url (a signer) or kms_key (a key in AWS KMS)",
        )
    elsewhere = {"remote_url": keys.remote_url, "kms_key": keys.kms_key}
    for name, way in elsewhere.items():
        if way is not None and keys.address is None:
            yield (name,), "needs address beside it: the account that the signer signs for"
    if keys.address is not None and not any(way is not None for way in elsewhere.values()):
        yield (
            ("address",),
            "belongs to remote_url or kms_key; a keystore or a key states its own address",
        )
    if keys.kms_region is not None and keys.kms_key is None:
        yield ("kms_region",), "belongs to kms_key, which is not set"


def fleet_faults(settings: Settings) -> Iterator[PlacedFault]:
    """Each vault of a fleet names a signer that is there."""
    known = ", ".join(sorted(settings.signers)) or "none is there yet"
    for position, vault in enumerate(settings.fleet):
        if vault.signer is not None and vault.signer not in settings.signers:
            expected = f"expected the name of a table below [signers]: {known}"
            yield ("fleet", position, "signer"), f'is "{vault.signer}", {expected}'


def keeper_faults(keeper: KeeperSettings) -> Iterator[PlacedFault]:
    """The policy is one that exists; the price of gas in units of account comes from one place."""
    if ":" not in keeper.policy and keeper.policy not in POLICIES:
        expected = f"expected one of {', '.join(POLICIES)}, or package.module:function"
        yield ("policy",), f'is "{keeper.policy}", {expected}'
    if keeper.native_price is not None and keeper.native_asset is not None:
        yield ("native_price",), "expected either native_price or native_asset, not both"
    if keeper.timing is not None and keeper.policy != DEFAULT:
        yield ("timing",), f'belongs to policy = "{DEFAULT}", not to "{keeper.policy}"'
    yield from _lease_faults(keeper)


def _lease_faults(keeper: KeeperSettings) -> Iterator[PlacedFault]:
    """A lease that outlives a few looks, and ends before people lose patience."""
    least = max(LEASE_MIN, ceil(3 * keeper.interval))
    if keeper.lease is not None and not least <= keeper.lease <= max(LEASE_CAP, least):
        yield (
            ("lease",),
            f"is {seconds_text(keeper.lease)}, expected {seconds_text(least)} to "
            f"{seconds_text(max(LEASE_CAP, least))}: at least {seconds_text(LEASE_MIN)} and three "
            "times interval, so that a look may fail and the right to sign still lasts",
        )


def limits_faults(limits: LimitsSettings) -> Iterator[PlacedFault]:
    """Each limit within its cap in the contracts."""
    for name, cap in FRACTION_CAPS.items():
        yield from _at_most(name, getattr(limits, name), cap)
    yield from _public_faults(limits)
    yield from _wait_faults(limits)
    if limits.drawdown and limits.drawdown < DRAWDOWN_MIN:
        yield (
            ("drawdown",),
            f"is {fraction_text(limits.drawdown)}, expected 0 % (off) or at least "
            f"{fraction_text(DRAWDOWN_MIN)}",
        )
    if limits.calendar_period:
        yield from _calendar_faults(limits)


def _public_faults(limits: LimitsSettings) -> Iterator[PlacedFault]:
    if limits.public_slippage > limits.slippage:
        yield (
            ("public_slippage",),
            f"is {fraction_text(limits.public_slippage)}, expected at most slippage, "
            f"{fraction_text(limits.slippage)}",
        )
    if not 0 < limits.weight_speed_per_day <= limits.turnover_per_day:
        yield (
            ("weight_speed_per_day",),
            f"is {fraction_text(limits.weight_speed_per_day)}, expected above 0 % and at most "
            f"turnover_per_day, {fraction_text(limits.turnover_per_day)}: the vault "
            "could not follow",
        )


def _wait_faults(limits: LimitsSettings) -> Iterator[PlacedFault]:
    for name in ("cooldown", "public_cooldown", "notice"):
        seconds = getattr(limits, name)
        if seconds > WAIT_CAP:
            yield (name,), f"is {seconds_text(seconds)}, expected at most {seconds_text(WAIT_CAP)}"
    if limits.public_cooldown < PUBLIC_COOLDOWN_MIN:
        yield (
            ("public_cooldown",),
            f"is {seconds_text(limits.public_cooldown)}, expected at least "
            f"{seconds_text(PUBLIC_COOLDOWN_MIN)}",
        )


def _calendar_faults(limits: LimitsSettings) -> Iterator[PlacedFault]:
    if not CALENDAR_PERIOD_MIN <= limits.calendar_period <= CALENDAR_PERIOD_CAP:
        yield (
            ("calendar_period",),
            f"is {seconds_text(limits.calendar_period)}, expected 0 s (off) or "
            f"{seconds_text(CALENDAR_PERIOD_MIN)} to {seconds_text(CALENDAR_PERIOD_CAP)}",
        )
    if limits.calendar_floor < CALENDAR_FLOOR_MIN:
        yield (
            ("calendar_floor",),
            f"is {fraction_text(limits.calendar_floor)}, expected at least "
            f"{fraction_text(CALENDAR_FLOOR_MIN)} while the calendar is on",
        )


def asset_faults(asset: AssetSettings) -> Iterator[PlacedFault]:
    """Bands, bounds and prices of one asset in their order."""
    if asset.band == 0:
        yield ("band",), "is 0 %, expected above 0 %"
    elif 0 < asset.weight < asset.band:
        yield (
            ("band",),
            f"is {fraction_text(asset.band)}, expected at most the weight, "
            f"{fraction_text(asset.weight)}: the asset could vanish unnoticed",
        )
    if asset.hard_band < asset.band:
        yield (
            ("hard_band",),
            f"is {fraction_text(asset.hard_band)}, expected at least the band, "
            f"{fraction_text(asset.band)}",
        )
    if not asset.min_weight <= asset.weight <= asset.max_weight:
        yield (
            ("weight",),
            f"is {fraction_text(asset.weight)}, expected between min_weight and max_weight, "
            f"{fraction_text(asset.min_weight)} and {fraction_text(asset.max_weight)}",
        )
    yield from _feed_faults(asset)


def _feed_faults(asset: AssetSettings) -> Iterator[PlacedFault]:
    low, high = asset.min_price, asset.max_price
    if low is not None and high is not None and low >= high:
        yield ("min_price",), f"is {low}, expected below max_price, {high}"
    if asset.heartbeat is not None and asset.heartbeat > HEARTBEAT_CAP:
        yield (
            ("heartbeat",),
            f"is {seconds_text(asset.heartbeat)}, expected at most {seconds_text(HEARTBEAT_CAP)}",
        )
    if asset.deviation is not None and not 0 < asset.deviation < WAD:
        yield ("deviation",), "expected above 0 % and below 100 %"


def route_faults(route: RouteSettings) -> Iterator[PlacedFault]:
    """A fee for each pool, and two different ends."""
    if route.sell == route.buy:
        yield ("buy",), f'is "{route.buy}", expected another asset than the one sold'
    if len(route.fees) != len(route.through) + 1:
        yield (
            ("fees",),
            f"has {len(route.fees)} entries, expected {len(route.through) + 1}: one for each pool, "
            "which is one more than the tokens in through",
        )


def deploy_faults(deploy: DeploySettings) -> Iterator[PlacedFault]:
    """Assets that make a portfolio, and routes that reach each of them."""
    yield from _weight_sum_faults(deploy.assets)
    yield from _duplicate_faults("symbol", [asset.symbol for asset in deploy.assets])
    yield from _duplicate_faults("token", [asset.token for asset in deploy.assets])
    yield from _owner_faults(deploy)
    unknown = list(_unknown_asset_faults(deploy))
    yield from unknown or _reach_faults(deploy)
    yield from _size_faults(deploy)


def _weight_sum_faults(assets: list[AssetSettings]) -> Iterator[PlacedFault]:
    total = sum(asset.weight for asset in assets)
    if total != WAD:
        parts = ", ".join(f"{asset.symbol} {fraction_text(asset.weight)}" for asset in assets)
        yield ("assets",), f"weights sum to {fraction_text(total)}, expected 100 %: {parts}"


def _owner_faults(deploy: DeploySettings) -> Iterator[PlacedFault]:
    """One owner, and a guardian who cannot keep the owner's operations from being executed."""
    roles, timelock = deploy.roles, deploy.timelock
    if (roles.owner is None) == (timelock is None):
        yield (
            ("roles", "owner"),
            "expected either an owner or a section [deploy.timelock], which creates one",
        )
    if timelock is not None and timelock.delay > DELAY_CAP:
        yield (
            ("timelock", "delay"),
            f"is {seconds_text(timelock.delay)}, expected at most {seconds_text(DELAY_CAP)}: the "
            "delay itself could be changed only after that time",
        )
    if timelock is not None and roles.guardian in timelock.proposers:
        yield (
            ("timelock", "proposers"),
            f"name the guardian {roles.guardian}; proposers can cancel as well, and a guardian who "
            "cancels could keep the owner from replacing it",
        )


def _duplicate_faults(key: str, values: Sequence[str | None]) -> Iterator[PlacedFault]:
    first_of: dict[str, int] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        first = first_of.setdefault(value, index)
        if first != index:
            yield ("assets", index, key), f'is "{value}", which assets[{first}] is already'


def _unknown_asset_faults(deploy: DeploySettings) -> Iterator[PlacedFault]:
    known = [asset.symbol for asset in deploy.assets]
    listed = ", ".join(known)
    for index, route in enumerate(deploy.routes):
        for key in ("sell", "buy"):
            symbol = getattr(route, key)
            if symbol not in known:
                yield ("routes", index, key), f'unknown asset "{symbol}", expected one of {listed}'
        for position, token in enumerate(route.through):
            if token not in known and not is_address(token):
                yield (
                    ("routes", index, "through", position),
                    f'is "{token}", expected an address or one of {listed}',
                )


def _reach_faults(deploy: DeploySettings) -> Iterator[PlacedFault]:
    sold: Counter[str] = Counter()
    bought: Counter[str] = Counter()
    for route in deploy.routes:
        sold[route.sell] += 1
        bought[route.buy] += 1
        if route.both_ways:
            sold[route.buy] += 1
            bought[route.sell] += 1
    for index, asset in enumerate(deploy.assets):
        missing = [
            verb for verb, counts in (("sells", sold), ("buys", bought)) if not counts[asset.symbol]
        ]
        if missing:
            yield ("assets", index), f"no route {' or '.join(missing)} {asset.symbol}"


def _size_faults(deploy: DeploySettings) -> Iterator[PlacedFault]:
    hops = [len(route.fees) for route in deploy.routes for _ in range(1 + route.both_ways)]
    assets, keepers = len(deploy.assets), len(deploy.roles.keepers)
    for finding in size_findings(assets=assets, keepers=keepers, hops=hops):
        yield ("routes",), finding


def _at_most(name: str, value: int, cap: int) -> Iterator[PlacedFault]:
    if value > cap:
        yield (
            (name,),
            f"is {fraction_text(value)}, expected at most {fraction_text(cap)}: the contracts "
            "refuse more",
        )
