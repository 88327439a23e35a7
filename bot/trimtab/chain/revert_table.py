"""A sentence for every error our contracts and their libraries can raise.

`{name}` stands for an argument as it is; `{name:unit}` for one in words: `wad` a value in the unit
of account, `pct` a fraction, `time` a timestamp, `seconds` a duration, `token` a token's symbol,
`of token` an amount of the token that the argument `token` names, `reason`, `blocker` and `status`
an enum.
"""

from __future__ import annotations

VAULT: dict[str, str] = {
    "NotDeployer(address caller,address deployer)": (
        "only the deployer {deployer} may seed the vault, not {caller}"
    ),
    "NotSeeded()": "the vault has not been seeded yet",
    "AlreadySeeded()": "the vault was seeded already",
    "SeedTooSmall(uint256 amount,uint256 minimum)": (
        "the seed has {amount} smallest units of a token or share; at least {minimum} are needed"
    ),
    "ZeroShares()": "the call would create or destroy no shares",
    "NothingHeld()": "the vault holds nothing, so shares would cost nothing; none are minted",
    "ZeroReceiver()": "assets cannot be sent to the zero address",
    "LengthMismatch(uint256 length,uint256 assets)": (
        "an array has {length} entries; the list of assets has {assets}"
    ),
    "AmountAboveMaximum(address token,uint256 amount,uint256 maximum)": (
        "the mint asks for {amount:of token}; the caller allows at most {maximum:of token}"
    ),
    "AmountBelowMinimum(address token,uint256 amount,uint256 minimum)": (
        "the redemption yields {amount:of token}; the caller demands at least {minimum:of token}"
    ),
    "WrongAmountReceived(address token,uint256 received,uint256 asked)": (
        "{token:token} delivered {received:of token} instead of {asked:of token}; tokens that "
        "charge for a transfer cannot be held"
    ),
    "NotAnAsset(address token)": "{token:token} is not an asset of this vault",
    "NoSurplus(address token,uint256 balance,uint256 accounted)": (
        "there is no surplus to absorb: the vault has {balance:of token} and accounts for "
        "{accounted:of token}"
    ),
    "NothingToWriteDown(address token,uint256 balance,uint256 accounted)": (
        "nothing is missing: the vault has {balance:of token} and accounts for {accounted:of token}"
    ),
    "NothingRecorded(address token)": (
        "nothing of {token:token} is recorded and it has no target, so a gift cannot be absorbed"
    ),
    "TooManyAssets(uint256 count,uint256 maximum)": (
        "the list has {count} assets; {maximum} is the most"
    ),
    "AlreadyAnAsset(address token)": "{token:token} is an asset of this vault already",
    "AssetStillHeld(address token,uint256 recorded)": (
        "the vault still holds {recorded:of token}; an asset leaves the list once it is sold out"
    ),
    "NotMandate(address caller,address mandate)": (
        "only the vault's mandate {mandate} may do this, not {caller}"
    ),
    "NotBound(address mandate,address boundTo)": (
        "the mandate {mandate} governs {boundTo}; it must be bound to this vault first"
    ),
    "FeeTooHigh(uint256 rate,uint256 cap)": (
        "the fee would be {rate:pct} a year; {cap:pct} is the most"
    ),
    "DoorsPaused(uint256 until)": (
        "trading is paused until {until:time}, and deposits and withdrawals with it; in kind one "
        "can always leave"
    ),
    "DepositsClosed(address token)": (
        "deposits are closed while the vault holds {token:token}, which is written off"
    ),
    "FlowBucketExceeded(uint256 flow,uint256 left)": (
        "the amount is {flow:pct} of the vault; {left:pct} is left of what may pass, and a day "
        "refills it; more can enter or leave in kind"
    ),
    "NotEnoughBase(uint256 assets,uint256 recorded)": (
        "the withdrawal needs {assets} smallest units of the base asset; the vault has {recorded}; "
        "redeem in kind"
    ),
    "WorthNothing()": "the holdings are worth nothing at the oracle's prices",
    "SharesBelowMinimum(uint256 shares,uint256 minimum)": (
        "the deposit gives {shares} share wei; the caller demands at least {minimum}"
    ),
    "SharesAboveMaximum(uint256 shares,uint256 maximum)": (
        "the withdrawal takes {shares} share wei; the caller allows at most {maximum}"
    ),
    "NoBreaker()": "no limit of drawdown is set, so there is nothing to observe",
    "OnlyToBase(uint256 leg,address token)": (
        "leg {leg} buys {token:token}; since the drawdown breaker has tripped, legs may only buy "
        "the base asset until the owner resets it"
    ),
    "NothingOwed(address holder,address token)": "nothing in {token:token} is owed to {holder}",
    "RebalanceBlocked(uint8 reason,uint8 blocker,uint256 readyAt)": (
        "no rebalance is allowed now: {blocker:blocker} (due: {reason:reason}; ready: "
        "{readyAt:time})"
    ),
    "DeadlinePassed(uint256 timestamp,uint256 deadline)": (
        "the block's time {timestamp:time} is past the deadline {deadline:time}"
    ),
    "WrongNonce(uint256 expected,uint256 actual)": (
        "another rebalance came first: the legs were planned for nonce {expected}, the vault is "
        "at {actual}"
    ),
    "SharesChangedInThisTransaction()": (
        "shares were created, or base asset was withdrawn, earlier in this transaction"
    ),
    "BadLegCount(uint256 legs,uint256 maximum)": (
        "a rebalance has 1 to {maximum} legs, this one has {legs}"
    ),
    "LegTooSmall(uint256 leg,uint256 fraction,uint256 minimum)": (
        "leg {leg} is worth {fraction:pct} of the vault; a leg must be worth at least {minimum:pct}"
    ),
    "PastTarget(uint256 leg,address token,uint256 value,uint256 available)": (
        "leg {leg} moves {token:token} by {value:wad}; only {available:wad} lie between its "
        "value and its target in that direction"
    ),
    "SoldAndBought(uint256 leg)": (
        "leg {leg} sells an asset that an earlier leg bought, or the reverse"
    ),
    "ReceivedTooLittle(uint256 leg,uint256 received,uint256 minimum)": (
        "leg {leg} received {received} smallest units; at least {minimum} were demanded"
    ),
    "LossBucketExceeded(uint256 loss,uint256 left)": (
        "the loss would be {loss:pct} of the vault; the loss bucket has {left:pct} left"
    ),
    "TurnoverBucketExceeded(uint256 turnover,uint256 left)": (
        "the trades are {turnover:pct} of the vault; the turnover bucket has {left:pct} left"
    ),
    "TooLittleProgress(uint256 driftAfter,uint256 maximum)": (
        "total drift would be {driftAfter:pct}; it has to fall to {maximum:pct} or less"
    ),
    "InsideHardBands()": "no hard band is exceeded",
    "AlreadyPoked(uint256 opensAt)": (
        "the breach is on record; anyone may rebalance from {opensAt:time}"
    ),
    "NotPayable(address caller,address venue)": (
        "{caller} asked for payment; only the venue of the running leg may, {venue}"
    ),
    "PaymentTooLarge(uint256 amount,uint256 left)": (
        "the venue asked for {amount} smallest units; the leg has {left} left to sell"
    ),
}
"""Errors of the vault, by signature with the names of the arguments."""

MANDATE: dict[str, str] = {
    "NotAuthorized(address caller)": "{caller} does not hold the role that this call needs",
    "SettingAbdicated(bytes4 selector)": "the owner gave this setting up for ever ({selector})",
    "NotAbdicable(bytes4 selector)": (
        "the setting {selector} protects holders, so it cannot be given up"
    ),
    "AlreadyBound(address vault)": "the mandate governs the vault {vault} already",
    "NotBoundYet()": "the mandate governs no vault yet; whoever deployed it must bind it",
    "WrongMandate(address vault,address mandate)": (
        "the vault {vault} names another mandate, {mandate}"
    ),
    "BaseAsset()": "the base asset can be neither removed nor written off",
    "WeightNotZero(address token,uint256 weight)": (
        "{token:token} has a target of {weight:pct}; it must have none, now and at the end of the "
        "schedule"
    ),
    "AssetWrittenOff(address token)": "{token:token} is written off and never comes back",
    "ZeroAddress()": "a role cannot be the zero address",
    "NoCode(address target)": "{target} has no code, and must",
    "BadAssetCount(uint256 count,uint256 maximum)": (
        "a vault has 2 to {maximum} assets, this one has {count}"
    ),
    "DuplicateAsset(address token)": "{token:token} is listed twice",
    "UnknownAsset(uint256 asset,uint256 count)": (
        "no asset has the index {asset}; there are {count}, counted from 0"
    ),
    "WeightsDoNotSum(uint256 sum,uint256 expected)": (
        "the weights sum to {sum:pct}; they must sum to {expected:pct}"
    ),
    "WeightOutOfBounds(uint256 asset,uint256 weight,uint256 minWeight,uint256 maxWeight)": (
        "the weight {weight:pct} of asset {asset} is outside {minWeight:pct} to {maxWeight:pct}"
    ),
    "BadBounds(uint256 asset,uint256 minWeight,uint256 maxWeight)": (
        "the bounds of asset {asset}, {minWeight:pct} to {maxWeight:pct}, are crossed or above "
        "100 %"
    ),
    "BadBands(uint256 asset,uint256 band,uint256 hardBand)": (
        "the bands of asset {asset}, {band:pct} and {hardBand:pct}, must rise from above 0 to at "
        "most 100 %"
    ),
    "BandAboveWeight(uint256 asset,uint256 band,uint256 weight)": (
        "the band {band:pct} of asset {asset} is wider than its weight {weight:pct}: it could "
        "vanish unnoticed"
    ),
    "LimitTooHigh(uint256 limit,uint256 value,uint256 cap)": (
        "limit {limit} is {value}, beyond its cap {cap}"
    ),
    "LimitTooLow(uint256 limit,uint256 value,uint256 minimum)": (
        "limit {limit} is {value}, below its least value {minimum}"
    ),
    "NoticeTooShort(uint256 startsAt,uint256 earliest)": (
        "the targets would begin to move at {startsAt:time}; the notice allows {earliest:time}"
    ),
    "ScheduleTooFast(uint256 duration,uint256 shortest)": (
        "the targets would move within {duration:seconds}; the speed limit asks for "
        "{shortest:seconds}"
    ),
    "TimeTooFar(uint256 time,uint256 latest)": (
        "{time:time} is too far in the future to be meant; at most {latest:time}"
    ),
    "Frozen()": "the weights are frozen",
    "PauseNotReady(uint256 readyAt)": "the guardian may not pause again before {readyAt:time}",
    "BadRoute(uint256 tokenIn,uint256 tokenOut)": (
        "a route needs two different assets, not {tokenIn} and {tokenOut}"
    ),
    "FeeUnknown(address venue,bytes answer)": (
        "the venue {venue} does not say what the route charges; it answered {answer}"
    ),
    "FeeTooHigh(address venue,uint256 fee,uint256 limit)": (
        "the venue {venue} says that the route charges {fee:pct}; it must be below {limit:pct}"
    ),
    "UnknownRoute(uint256 routeId,uint256 count)": (
        "no route has the id {routeId}; there are {count}, counted from 0"
    ),
    "RouteInactive(uint256 routeId)": "route {routeId} was removed",
}
"""Errors of the mandate."""

ORACLE: dict[str, str] = {
    "PriceUnavailable(address token,address source,uint8 status,uint256 observed,uint256 limit)": (
        "the price of {token:token} cannot be used: {status:status} (source {source}, observed "
        "{observed}, limit {limit})"
    ),
    "NotAuthorized(address caller,address expected)": "only {expected} may do this, not {caller}",
    "BadHeartbeat(uint256 heartbeat,uint256 maximum)": (
        "the heartbeat {heartbeat:seconds} must be above 0 and at most {maximum:seconds}"
    ),
    "BadDeviation(uint256 deviation,uint256 maximum)": (
        "the deviation {deviation:pct} must be above 0 and below {maximum:pct}"
    ),
    "BadBounds(uint256 minAnswer,uint256 maxAnswer)": (
        "no answer lies between {minAnswer} and {maxAnswer}, or the latter is too large to scale"
    ),
    "BadDecimals(uint256 tokenDecimals,uint256 feedDecimals)": (
        "a token of {tokenDecimals} decimals with a feed of {feedDecimals} cannot be scaled"
    ),
    "UnreadableDecimals(address target)": "{target} does not say how many decimals it has",
    "LegsOfTwoTokens(address base,address quote)": (
        "the two feeds of a composed price name two tokens, {base} and {quote}; both must name the "
        "token that is priced"
    ),
    "SameFeedTwice(address feed)": "{feed} is named as both feeds of a composed price",
    "BadWindow(uint256 window,uint256 minimum,uint256 maximum)": (
        "the mean's window is {window:seconds}; it must be {minimum:seconds} to {maximum:seconds}"
    ),
    "BadDivergence(uint256 maxDivergence,uint256 maximum)": (
        "the largest divergence {maxDivergence:pct} must be above 0 and at most {maximum:pct}"
    ),
    "NotAPool(address pool,address factory)": (
        "{pool} is no pool of the factory {factory} that it names"
    ),
    "NotInPool(address token,address token0,address token1)": (
        "{token:token} is not traded in the pool, whose tokens are {token0} and {token1}"
    ),
    "TooFewObservations(address pool,uint256 cardinality,uint256 minimum)": (
        "the pool {pool} keeps {cardinality} observations; the window needs {minimum}: raise its "
        "cardinality and wait until they are filled"
    ),
    "NoFeedYet(address token)": "{token:token} has no feed yet, and needs one first",
    "NoSecondSource(address token)": "{token:token} has no second source",
}
"""Errors of the oracle."""

VENUES: dict[str, str] = {
    "BadRouteData(bytes data)": "{data} describes no path that the venue can trade",
    "UnexpectedPool(address derived,address listed)": (
        "the factory lists the pool {listed} where {derived} was expected: it creates pools in "
        "another way than Uniswap's"
    ),
    "CallbackRefused(address caller,address expected)": (
        "{caller} called back; only the pool of the running leg may, or the manager of all pools: "
        "{expected}"
    ),
    "NativeCurrency()": "the native currency is not traded; use its wrapped token in the route",
    "SwapRunning(address pool)": "a swap on {pool} is running; another cannot begin inside it",
    "PoolMissing(address tokenA,address tokenB,uint24 fee)": (
        "no pool exists for {tokenA:token} and {tokenB:token} at a fee of {fee} millionths"
    ),
}
"""Errors of the venues."""

HELPERS: dict[str, str] = {
    "ZapExpired(uint256 time,uint256 deadline)": (
        "the zap came at {time:time}, after its deadline {deadline:time}"
    ),
    "BadReceiver(address receiver)": "{receiver} can receive nothing here",
    "SwapBelowMinimum(uint256 index,uint256 amountOut,uint256 minimum)": (
        "swap {index} brought {amountOut} smallest units; at least {minimum} were demanded"
    ),
    "NothingToDo(address vault,uint8 reason,uint8 blocker,uint256 readyAt)": (
        "the vault {vault} needs nothing that the autopilot can do: {blocker:blocker} (due: "
        "{reason:reason}; ready: {readyAt:time})"
    ),
    "HoldsKeeperRole(address vault)": (
        "the autopilot was made a keeper of {vault}, so anybody could use a keeper's terms; remove "
        "it from the keepers"
    ),
    "BadFraction(uint256 fraction,uint256 maximum)": (
        "the part of the legs to trade is {fraction:pct}; it must be above 0 and at most "
        "{maximum:pct}"
    ),
    "Rehearsed(bytes performData)": "a rehearsal went well and was undone",
    "NotForwarder(address caller,address forwarder)": (
        "only the forwarder {forwarder} delivers reports, not {caller}"
    ),
    "BadMetadata(uint256 length,uint256 expected)": (
        "the report's metadata have {length} bytes; {expected} were expected"
    ),
    "WrongOwner(address owner,address expected)": (
        "the report is from a workflow of {owner}, not of {expected}"
    ),
    "WrongWorkflow(bytes10 name,bytes10 expected)": (
        "the report is from the workflow {name}, not {expected}"
    ),
    "BadWorkflow(address autopilot,address forwarder,address owner,string name)": (
        "the autopilot {autopilot} has no code, or one of forwarder {forwarder}, owner {owner} and "
        "workflow name '{name}' is missing; give all four"
    ),
}
"""Errors of the zapper, the autopilot and its receiver of reports."""

LENS: dict[str, str] = {
    "TooManyAssets(uint256 count,uint256 maximum)": (
        "what calls itself a vault lists {count} assets; a vault has at most {maximum}"
    ),
    "FailedCall()": (
        "what calls itself a vault reverted without a reason, or ran out of gas: it may be no vault"
    ),
    "TooLittleGas(uint256 left,uint256 minimum)": (
        "the call ended with {left} gas left, less than {minimum}, so what failed in it may have "
        "failed for that; allow the call more gas"
    ),
}
"""Errors of the lens."""

LIBRARIES: dict[str, str] = {
    "ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)": (
        "{sender} has {balance} smallest units of the token; {needed} are needed"
    ),
    "ERC20InvalidSender(address sender)": "{sender} cannot send tokens",
    "ERC20InvalidReceiver(address receiver)": "{receiver} cannot receive tokens",
    "ERC20InsufficientAllowance(address spender,uint256 allowance,uint256 needed)": (
        "{spender} may spend {allowance} smallest units; {needed} are needed: approve them first"
    ),
    "ERC20InvalidApprover(address approver)": "{approver} cannot approve",
    "ERC20InvalidSpender(address spender)": "{spender} cannot be approved",
    "ERC2612ExpiredSignature(uint256 deadline)": "the permit expired at {deadline:time}",
    "ERC2612InvalidSigner(address signer,address owner)": (
        "the permit was signed by {signer}, not by {owner}"
    ),
    "InvalidAccountNonce(address account,uint256 currentNonce)": (
        "the permit's nonce is not {account}'s present one, {currentNonce}"
    ),
    "ECDSAInvalidSignature()": "the signature is invalid",
    "ECDSAInvalidSignatureLength(uint256 length)": "the signature has {length} bytes, not 65",
    "ECDSAInvalidSignatureS(bytes32 s)": "the signature is not in its canonical form",
    "SafeERC20FailedOperation(address token)": "{token:token} refused a transfer",
    "SafeCastOverflowedUintToInt(uint256 value)": ("{value} is too large for a number with a sign"),
    "SafeCastOverflowedUintDowncast(uint8 bits,uint256 value)": (
        "{value} does not fit into {bits} bits"
    ),
    "ReentrancyGuardReentrantCall()": "the contract was entered again while it was running",
    "StringsInsufficientHexLength(uint256 value,uint256 length)": (
        "{value} does not fit into {length} hexadecimal digits"
    ),
    "InvalidShortString()": "a short string is malformed",
    "StringTooLong(string str)": "the text {str} has more than 31 bytes",
    "OwnableUnauthorizedAccount(address account)": "{account} is not the owner",
    "OwnableInvalidOwner(address owner)": "{owner} cannot be the owner",
    "AccessControlUnauthorizedAccount(address account,bytes32 neededRole)": (
        "{account} does not hold the role {neededRole}"
    ),
    "AccessControlBadConfirmation()": "a role can be given up only by its holder",
    "TimelockInvalidOperationLength(uint256 targets,uint256 payloads,uint256 values)": (
        "a batch has {targets} targets, {payloads} payloads and {values} values"
    ),
    "TimelockInsufficientDelay(uint256 delay,uint256 minDelay)": (
        "a delay of {delay:seconds} is too short; the timelock asks for {minDelay:seconds}"
    ),
    "TimelockUnexpectedOperationState(bytes32 operationId,bytes32 expectedStates)": (
        "operation {operationId} is not in a state in which this can be done"
    ),
    "TimelockUnexecutedPredecessor(bytes32 predecessorId)": (
        "operation {predecessorId} must be executed before"
    ),
    "TimelockUnauthorizedCaller(address caller)": (
        "only the timelock itself can do this, not {caller}"
    ),
    "FailedCall()": "a call to another contract failed",
}
"""Errors of OpenZeppelin's contracts."""
