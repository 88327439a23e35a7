"""Every section and key of the configuration file, with its type and its default."""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trimtab.cli.settings import rules
from trimtab.cli.settings.fields import (
    Address,
    Amount,
    Duration,
    Fraction,
    Interval,
    Items,
    Listen,
    Rate,
    SignedRate,
    Switch,
    Time,
    Url,
    Whole,
)

Text = Annotated[str, Field(min_length=1, max_length=200)]
BASIS_POINT = 10**14
PERCENT = 10**16
MONDAY = 345_600
"""1970-01-05 00:00 UTC, in seconds: a grid that begins there has weeks that begin on Mondays."""

USUAL_LEASE = 60
"""How long the right to sign lasts unless it is renewed, in seconds."""


class Section(BaseModel):
    """A table of the file: no other keys than those named, no conversion between types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NodeSettings(Section):
    """The nodes that are asked, and the chain they must be on."""

    url: Url | None = None
    urls: Annotated[list[Url], Items, Field(min_length=1, max_length=16)] | None = None
    chain_id: Annotated[Whole, Field(ge=1)]
    timeout: Annotated[Duration, Field(ge=1)] = 10
    max_lag: Annotated[Duration, Field(ge=1)] = 30
    max_gas_price_gwei: Amount = Decimal(100)
    confirmations: Annotated[Whole, Field(ge=0, le=100_000)] | None = None
    private_url: Url | None = None
    public_after: Duration = 60

    @model_validator(mode="after")
    def _check(self) -> NodeSettings:
        rules.raise_all(rules.node_faults(self))
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every node, the preferred one first."""
        return tuple(self.urls or ()) or (str(self.url),)


class VaultSettings(Section):
    """The vault: a deployment record, or the addresses that stand in one."""

    record: Text | None = None
    address: Address | None = None
    lens: Address | None = None
    quoter: Address | None = None
    zapper: Address | None = None

    @model_validator(mode="after")
    def _check(self) -> VaultSettings:
        rules.raise_all(rules.vault_faults(self.record, self.address, self.lens))
        return self


class KeysSettings(Section):
    """The account that signs. The password itself never stands in the file."""

    keystore: Text | None = None
    password_variable: Text = "TRIMTAB_PASSWORD"  # noqa: S105 (a name, not a password)
    password_file: Text | None = None
    key_variable: Text | None = None
    key_on_any_chain: Switch = False
    remote_url: Url | None = None
    remote_timeout: Annotated[Duration, Field(ge=1)] = 5
    kms_key: Text | None = None
    kms_region: Text | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _check(self) -> KeysSettings:
        rules.raise_all(rules.keys_faults(self))
        return self


class KeeperSettings(Section):
    """When the keeper acts, how far it goes, and what it may spend."""

    journal: Text = "trimtab.sqlite"
    policy: Text = "cost-optimal"
    timing: Text | None = None
    trigger: Fraction | None = None
    relative_trigger: Fraction | None = None
    period: Annotated[Duration, Field(ge=60)] = 604_800
    floor: Fraction = PERCENT
    volatility: dict[Text, Rate] = {}
    correlation: Fraction = 60 * PERCENT
    risk_aversion: Amount = Decimal(3)
    horizon: Annotated[Duration, Field(ge=3_600)] = 2_592_000
    destination: Literal["target", "band_edge"] = "target"
    cost_multiple: Amount = Decimal(2)
    journal_wait: Annotated[Duration, Field(ge=1)] = 10
    interval: Annotated[Interval, Field(ge=Decimal("0.1"))] = Decimal(12)
    most_failures: Annotated[Whole, Field(ge=1, le=10_000)] = 20
    lease: Duration | None = None
    longest_pause: Annotated[Duration, Field(ge=1)] = 600
    call_gas: Annotated[Whole, Field(ge=1_000_000)] = 50_000_000
    keep_idle: Annotated[Duration, Field(ge=3_600)] = 604_800
    native_price: Amount | None = None
    native_asset: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> KeeperSettings:
        rules.raise_all(rules.keeper_faults(self))
        return self

    @property
    def lease_seconds(self) -> int:
        """How long a keeper that died goes on leading: a minute, or five looks if that is more."""
        return self.lease or max(USUAL_LEASE, ceil(5 * self.interval))


class FleetSettings(Section):
    """One vault of many, or every vault whose record fits a pattern such as `records/*.json`."""

    record: Text | None = None
    address: Address | None = None
    lens: Address | None = None
    quoter: Address | None = None
    signer: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> FleetSettings:
        rules.raise_all(rules.vault_faults(self.record, self.address, self.lens))
        return self


class MonitorSettings(Section):
    """How other machines see whether the keeper is well."""

    listen: Listen | None = None
    head_age: Annotated[Duration, Field(ge=1)] = 120
    least_gas: Amount = Decimal("0.01")


class AlertSettings(Section):
    """Who is told what a person should know; addresses stand in a variable or a file."""

    urls_variable: Text = "TRIMTAB_ALERT_URLS"
    urls_file: Text | None = None
    blocked_after: Duration = 86_400
    stale_after: Duration = 600
    stuck_after: Duration = 900
    down_after: Duration = 300
    repeat: Annotated[Duration, Field(ge=60)] = 21_600
    per_hour: Annotated[Whole, Field(ge=1)] = 12


class UniswapSettings(Section):
    """Uniswap V3 on this chain."""

    router: Address
    quoter: Address
    factory: Address | None = None


class RolesSettings(Section):
    """Who may do what."""

    owner: Address | None = None
    manager: Address
    guardian: Address
    keepers: Annotated[list[Address], Items] = []


class TimelockSettings(Section):
    """The timelock that is created to own the vault."""

    delay: Annotated[Duration, Field(ge=1)]
    proposers: Annotated[list[Address], Items, Field(min_length=1)]
    executors: Annotated[list[Address], Items] = []


class LimitsSettings(Section):
    """Limits of the mandate; the vault caps each."""

    slippage: Fraction = 50 * BASIS_POINT
    public_slippage: Fraction = 40 * BASIS_POINT
    loss_capacity: Fraction = 30 * BASIS_POINT
    loss_per_day: Fraction = BASIS_POINT // 2
    turnover_capacity: Fraction = 15 * PERCENT
    turnover_per_day: Fraction = 150 * BASIS_POINT
    calendar_floor: Fraction = PERCENT
    weight_speed_per_day: Fraction = PERCENT
    cooldown: Duration = 3_600
    public_cooldown: Duration = 3_600
    calendar_period: Duration = 0
    calendar_start: Time = MONDAY
    notice: Duration = 86_400
    flow_capacity: Fraction = 5 * PERCENT
    drawdown: Fraction = 0

    @model_validator(mode="after")
    def _check(self) -> LimitsSettings:
        rules.raise_all(rules.limits_faults(self))
        return self


class AssetSettings(Section):
    """One asset, its feed, and the first deposit's share of it.

    What is None stands in the network that deploy is told.
    """

    symbol: Text
    token: Address | None = None
    decimals: Whole | None = None
    feed: Address | None = None
    feed_description: Text | None = None
    feed_decimals: Whole | None = None
    heartbeat: Annotated[Duration, Field(ge=1)] | None = None
    deviation: Fraction | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    weight: Fraction
    min_weight: Fraction = 0
    max_weight: Fraction = 10**18
    band: Fraction
    hard_band: Fraction

    @model_validator(mode="after")
    def _check(self) -> AssetSettings:
        rules.raise_all(rules.asset_faults(self))
        return self


class RouteSettings(Section):
    """A way over Uniswap V3 pools, both ways unless said otherwise."""

    sell: Text
    buy: Text
    fees: Annotated[list[Annotated[Whole, Field(ge=1, lt=1_000_000)]], Items, Field(min_length=1)]
    through: Annotated[list[Text], Items] = []
    both_ways: Switch = True

    @model_validator(mode="after")
    def _check(self) -> RouteSettings:
        rules.raise_all(rules.route_faults(self))
        return self


class MockMarketSettings(Section):
    """The market that is made on a testnet with --mock-market."""

    prices: Annotated[dict[Text, Amount], Field(min_length=2)]
    depth: Amount = Decimal(1_000_000)


class DeploySettings(Section):
    """The vault that `trimtab deploy` creates."""

    name: Text
    symbol: Annotated[str, Field(min_length=1, max_length=20)]
    seed_value: Amount
    records: Text = "deployments"
    receiver: Address | None = None
    sequencer_feed: Address | None = None
    uniswap: UniswapSettings | None = None
    roles: RolesSettings
    timelock: TimelockSettings | None = None
    mock_market: MockMarketSettings | None = None
    limits: LimitsSettings = LimitsSettings()
    assets: Annotated[list[AssetSettings], Field(min_length=2, max_length=16)]
    routes: Annotated[list[RouteSettings], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> DeploySettings:
        rules.raise_all(rules.deploy_faults(self))
        return self


class ViewSettings(Section):
    """An opinion on the return of a mixture of assets."""

    mixture: dict[Text, float]
    expected: SignedRate
    confidence: Fraction = 50 * PERCENT


class GroupSettings(Section):
    """Assets whose weights are bounded together."""

    name: Text
    members: Annotated[list[Text], Items, Field(min_length=1)]
    minimum: Fraction = 0
    maximum: Fraction = 100 * PERCENT


class TargetsSettings(Section):
    """The model, its inputs and its constraints. Bounds of the vault hold in any case."""

    model: Literal[
        "fixed",
        "equal",
        "inverse_volatility",
        "risk_parity",
        "hierarchical_risk_parity",
        "minimum_variance",
        "mean_variance",
        "black_litterman",
    ] = "risk_parity"
    prices: Text
    columns: dict[Text, Text] = {}
    history: Annotated[Duration, Field(ge=172_800)] = 31_536_000
    runs: Text = "targets"
    estimator: Literal["sample", "shrunk", "ewma"] = "shrunk"
    means: Literal["history", "learned"] = "history"
    base: Fraction | None = None
    risk_aversion: Amount = Decimal(3)
    volatility: Rate | None = None
    weights: dict[Text, Fraction] = {}
    market: dict[Text, Fraction] = {}
    views: list[ViewSettings] = []
    minimum: dict[Text, Fraction] = {}
    maximum: dict[Text, Fraction] = {}
    groups: list[GroupSettings] = []
    excluded: Annotated[list[Text], Items] = []
    reserve: Fraction = 0
    turnover: Fraction | None = None
    scores: dict[Text, float] = {}
    score_floor: float | None = None
    due_after: Annotated[Duration, Field(ge=3_600)] = 2_592_000
    due_on_move: Fraction = 25 * PERCENT
    keeper: Literal["off", "propose", "schedule"] = "off"
    look_every: Annotated[Duration, Field(ge=3_600)] = 86_400
    max_age: Annotated[Duration, Field(ge=3_600)] = 259_200
    signer: Text | None = None


class Settings(Section):
    """The whole file."""

    node: NodeSettings
    vault: VaultSettings | None = None
    keys: KeysSettings | None = None
    signers: dict[Text, KeysSettings] = {}
    fleet: list[FleetSettings] = []
    keeper: KeeperSettings = KeeperSettings()
    monitor: MonitorSettings = MonitorSettings()
    alerts: AlertSettings | None = None
    targets: TargetsSettings | None = None
    deploy: DeploySettings | None = None

    @model_validator(mode="after")
    def _check(self) -> Settings:
        rules.raise_all(rules.fleet_faults(self))
        return self
