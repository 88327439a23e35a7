"""What the JSON API answers with; integers of the chain are digits in text, exact."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Digits = Annotated[str, Field(pattern=r"^\d+$")]
"""An integer of the chain: JSON numbers keep only 53 bits of it."""

Seconds = Annotated[int, Field(ge=0, description="Seconds since 1970, or 0 for never.")]


class Model(BaseModel):
    """An answer without other keys than those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BlockModel(Model):
    """The block that was read."""

    number: int
    hash: str
    timestamp: Seconds


class DueModel(Model):
    """Whether a rebalance is due for `caller`, and why it is or is not allowed."""

    reason: str
    blocker: str
    ready_at: Seconds
    caller: str
    is_keeper: bool
    sentence: str


class BucketsModel(Model):
    """What is left of the two buckets that bound a keeper, in WAD of the value."""

    loss_left: Digits
    loss_capacity: Digits
    turnover_left: Digits
    turnover_capacity: Digits


class ClockModel(Model):
    """When things happened last."""

    keeper_at: Seconds
    public_at: Seconds
    poked_at: Seconds
    paused_until: Seconds


class ScheduleModel(Model):
    """When the targets move."""

    start: Seconds
    end: Seconds
    frozen: bool


class AssetModel(Model):
    """One asset: amounts in its smallest unit, value, weights and bands in WAD."""

    symbol: str
    token: str
    decimals: int
    recorded: Digits
    owed: Digits
    unvested: Digits
    balance: Digits
    price: Digits
    second_price: Digits
    written_off: bool
    price_status: str
    price_updated_at: Seconds
    heartbeat: int
    value: Digits
    weight: Digits
    target: Digits
    end_target: Digits
    band: Digits
    hard_band: Digits


class VaultModel(Model):
    """A vault at one block, as `trimtab inspect --json` prints it."""

    chain_id: int
    block: BlockModel
    vault: str
    mandate: str
    oracle: str
    name: str
    symbol: str
    total_supply: Digits
    nav: Digits
    value_per_share: Digits
    total_drift: Digits
    rebalances: int
    due: DueModel
    buckets: BucketsModel
    clock: ClockModel
    schedule: ScheduleModel
    only_to_base: bool
    assets: list[AssetModel]


class LegModel(Model):
    """One asset sold for another: amounts in smallest units, values in WAD at oracle prices."""

    token_in: str
    token_out: str
    amount_in: Digits
    amount_out: Digits
    value_in: Digits
    value_out: Digits


class RebalanceModel(Model):
    """One rebalance; `loss` and `turnover` in WAD of `nav_before`, `per_share` afterwards."""

    nonce: int
    block: int
    timestamp: Seconds
    transaction: str
    caller: str
    reason: str
    nav_before: Digits
    nav_after: Digits
    drift_before: Digits
    drift_after: Digits
    loss: Digits
    turnover: Digits
    per_share: Digits
    legs: list[LegModel]


class HistoryModel(Model):
    """What happened to a vault, from its events between two blocks.

    `complete` is false while older blocks are still being read, or when `fault` says why not.
    `per_share` has block, time and value of a share after each rebalance, the oldest first; it is
    empty in answers to a question with `before`.
    """

    first_block: int
    last_block: int | None
    complete: bool
    fault: str | None
    count: int
    supply: Digits
    keepers: list[str]
    rebalances: list[RebalanceModel]
    per_share: list[tuple[int, int, Digits]]


class EndpointModel(Model):
    """A node as it answers now: its newest block and the age of that in seconds, or a fault."""

    name: str
    head: int | None
    age: float | None
    fault: str


class GasModel(Model):
    """The account that pays for gas, and what it has in wei."""

    address: str
    balance_wei: Digits | None


class InFlightModel(Model):
    """A transaction that has not ended; `since` in seconds since 1970."""

    kind: str
    vault: str | None
    signer: str
    nonce: int
    state: str
    transaction_hash: str
    attempts: int
    since: float


class DecidedModel(Model):
    """What a keeper decided on a vault at a block, and why; `at` in seconds since 1970."""

    at: float
    vault: str
    block: int
    action: str
    reason: str
    transaction: str | None


class LastModel(Model):
    """The last decision on a vault with the numbers behind it."""

    at: float
    block: int
    action: str
    reason: str
    numbers: dict[str, int | float | str | None]


class CostModel(Model):
    """What rebalances cost, in the unit of account."""

    fee: float
    impact: float
    gas: float


class CalibrationModel(Model):
    """What rebalances were to cost beside what they did cost, and the value that they sold.

    `benefit` is what the policy's model held the `weighed` ones to be worth: tracking error that
    they removed over its horizon, valued by its risk aversion. It is an expectation, not a gain.
    """

    rebalances: int
    predicted: CostModel
    realised: CostModel
    traded: float
    worst_error: float
    weighed: int
    benefit: float
    faults: list[str]


class WatchedModel(Model):
    """A vault that a keeper watches."""

    vault: str
    last: LastModel | None
    next_check: float | None
    model: CalibrationModel


class OperatorModel(Model):
    """How the keepers of this database are; `at` in seconds since 1970."""

    chain_id: int
    at: float
    endpoints: list[EndpointModel]
    gas: GasModel | None
    gas_spent_wei: Digits
    in_flight: list[InFlightModel]
    vaults: list[WatchedModel]
    decisions: list[DecidedModel]


class PlaceModel(Model):
    """Where the page finds the vault; the node is asked by way of this server."""

    chainId: int  # noqa: N815 (the page's own words)
    rpc: str
    vault: str
    lens: str
    keeper: str | None = None
    zapper: str | None = None
    quoter: str | None = None
    fromBlock: int  # noqa: N815
    explorer: str | None = None
    history: str | None = None


class FaultModel(Model):
    """Why there is no answer."""

    error: str
