"""Everything this package raises on purpose. The first split is what the loop should do.

TrimtabError
├── TransientError            try again later
│   ├── NodeUnreachable       no answer came
│   │   └── NodeBusy          the node asks to be left alone for a while
│   ├── NodeRefused           the node answered with an error of its own
│   ├── NodeAnsweredWrongly   the answer has a shape or a size it cannot have
│   ├── NodesDisagree         endpoints contradict each other, and no majority is left
│   ├── BlockMoved            the block that was read is no longer part of the chain
│   ├── NodeBehind            the node knows less than the journal proves
│   ├── CountUnproven         the node knows of more transactions than it can prove
│   ├── FeeTooHigh            gas costs more than the ceiling allows
│   ├── LowBalance            the sender cannot pay for gas
│   ├── SignerFailed          the signer gave no signature, or one of something else
│   ├── IntentPending         an earlier transaction is still on its way
│   ├── NotMined              the transaction was sent, and no block holds it yet
│   ├── Superseded            another transaction took its nonce: it never takes effect
│   ├── Cancelled             a transaction of ours that does nothing took its nonce
│   ├── LeaseLost             another keeper may sign for the account
│   └── ExplorerFailed        a block explorer gave no answer, or one of another shape
├── CallReverted              a contract refused a call: carries the decoded revert
├── RejectedByVault           the vault or the mandate refused: carries the decoded revert
├── TransactionReverted       a transaction was mined and undone: carries its hash
├── BadInput                  what was given cannot be used: the user must change it
│   ├── ConfigError           a setting: names its file, line and key
│   ├── PriceFileError        a file of prices: names its file, line and column
│   ├── ConfigFaults          settings: one line for each fault that was found
│   ├── KeystoreError         a keystore or its password
│   ├── RecordError           a deployment record
│   ├── DeploymentRefused     one line for each thing on the chain that is not as configured
│   ├── MissingPrice          an asset has no price at a time: names both
│   ├── WrongChain            the node serves another chain
│   └── NoContract            an address that must have code has none
├── LedgerError               an event does not fit what the events before it left
│   └── HistoryGap            the events do not arrive at what the vault holds
├── StoreError                the database is locked, broken or of another version
├── TooManyFailures           the keeper failed on too many blocks in a row
├── LocalChainError           the embedded chain could not do what a scenario asked
└── InvariantError            a fault in this program: stop, do not retry
"""

from collections.abc import Mapping, Sequence

__all__ = [
    "BadInput",
    "BlockMoved",
    "CallReverted",
    "Cancelled",
    "ConfigError",
    "ConfigFaults",
    "CountUnproven",
    "DeploymentRefused",
    "ExplorerFailed",
    "FeeTooHigh",
    "HistoryGap",
    "IntentPending",
    "InvariantError",
    "KeystoreError",
    "LeaseLost",
    "LedgerError",
    "LocalChainError",
    "LowBalance",
    "MissingPrice",
    "NoContract",
    "NodeAnsweredWrongly",
    "NodeBehind",
    "NodeBusy",
    "NodeRefused",
    "NodeUnreachable",
    "NodesDisagree",
    "NotMined",
    "PriceFileError",
    "RecordError",
    "RejectedByVault",
    "SignerFailed",
    "StoreError",
    "Superseded",
    "TooManyFailures",
    "TransactionReverted",
    "TransientError",
    "TrimtabError",
    "WrongChain",
]


class TrimtabError(Exception):
    """Base class: `except TrimtabError` catches nothing but our own failures."""


class TransientError(TrimtabError):
    """A failure that may not happen again on the next block."""


class NodeUnreachable(TransientError):
    """No answer came from the node.

    Attributes
    ----------
    node
        The node, without what may be secret in its address.
    """

    def __init__(
        self, node: str, cause: str, advice: str = "check the address and the network"
    ) -> None:
        super().__init__(f"no answer from the node {node}: {cause}; {advice}")
        self.node = node


class NodeBusy(NodeUnreachable):
    """The node asks to be left alone for a while: too many requests, or no capacity.

    Attributes
    ----------
    retry_after
        How long, in seconds; None if it does not say.
    """

    def __init__(self, node: str, cause: str, retry_after: float | None = None) -> None:
        super().__init__(node, f"it is busy ({cause})", "ask less often, or name more nodes")
        self.retry_after = retry_after


class NodeRefused(TransientError):
    """The node answered a request with an error of its own.

    Attributes
    ----------
    method, code, reason
        JSON-RPC method, error code, and the node's words.
    """

    def __init__(self, method: str, code: int | None, reason: str) -> None:
        super().__init__(f"the node refused {method}: {reason} (code {code})")
        self.method = method
        self.code = code
        self.reason = reason


class NodeAnsweredWrongly(TransientError):
    """The node's answer has a shape or a size it cannot have.

    Attributes
    ----------
    what, got, expected
        The part of the answer, what stood there, and what may stand there.
    """

    def __init__(self, what: str, got: object, expected: object) -> None:
        super().__init__(
            f"the node answered {got} for {what}; expected {expected}; try another node"
        )
        self.what = what
        self.got = got
        self.expected = expected


class NodesDisagree(TransientError):
    """Endpoints contradict each other, and none of the answers has a majority.

    Attributes
    ----------
    what
        What they were asked.
    """

    def __init__(self, what: str, said: str) -> None:
        super().__init__(
            f"the endpoints disagree about {what}, so that nothing is done: {said}; name a third "
            "endpoint, or leave out the one that errs"
        )
        self.what = what


class BlockMoved(TransientError):
    """The block that was read is no longer part of the chain."""

    def __init__(self, number: int, before: str, after: str | None) -> None:
        super().__init__(
            f"block {number} changed while it was read: its hash was {before}, now it is {after}; "
            "what was read is discarded"
        )


class NodeBehind(TransientError):
    """The node counts fewer transactions of an account than the journal knows to be mined.

    Attributes
    ----------
    account, counted, proven
        The account, the node's count, and the count that the journal proves.
    """

    def __init__(self, account: str, counted: int, proven: int) -> None:
        super().__init__(
            f"the node counts {counted} transactions of {account}, but the journal holds receipts "
            f"for {proven}: the node is behind, or the chain was reset (then use a new journal)"
        )
        self.account = account
        self.counted = counted
        self.proven = proven


class CountUnproven(TransientError):
    """The node counts transactions of an account that the journal does not know.

    Attributes
    ----------
    account, counted, proven
        The account, the node's count at its newest block, and the count that is certain.
    """

    def __init__(self, account: str, counted: int, proven: int) -> None:
        super().__init__(
            f"the node counts {counted} transactions of {account}, of which {proven} are certain: "
            "another program uses the key, or the node errs; waiting until the count is final"
        )
        self.account = account
        self.counted = counted
        self.proven = proven


class FeeTooHigh(TransientError):
    """Gas costs more than the ceiling allows; both in wei per gas."""

    def __init__(self, fee: int, ceiling: int) -> None:
        super().__init__(
            f"gas costs {fee} wei, above the ceiling of {ceiling} wei: waiting for it to fall"
        )
        self.fee = fee
        self.ceiling = ceiling


class LowBalance(TransientError):
    """The sender cannot pay for its transaction; amounts in wei.

    Attributes
    ----------
    account, balance
        The sender and what it holds.
    needed
        What it may need, or None where only the node knows.
    """

    def __init__(self, account: str, balance: int, needed: int | None) -> None:
        more = "more" if needed is None else f"{needed - balance} wei or more"
        wanted = "more" if needed is None else f"{needed} wei"
        super().__init__(
            f"{account} holds {balance} wei of the native currency, but {wanted} may be needed "
            f"for gas and value: send it {more}"
        )
        self.account = account
        self.balance = balance
        self.needed = needed


class SignerFailed(TransientError):
    """The signer gave no signature, or the signature of something else. Nothing was sent.

    Attributes
    ----------
    signer
        The signer, without what may be secret in its address.
    """

    def __init__(self, signer: str, problem: str) -> None:
        super().__init__(
            f"the signer {signer} {problem}; nothing was sent: check keys.remote_url, keys.address "
            "and the keys that the signer was given"
        )
        self.signer = signer


class IntentPending(TransientError):
    """An earlier transaction of the account, or for the same effect, is still on its way.

    Attributes
    ----------
    intent_id
        The intent, or None if another process has only just written it down.
    """

    def __init__(self, intent_id: int | None, subject: str) -> None:
        which = "another intent" if intent_id is None else f"intent {intent_id}"
        super().__init__(f"{which} for {subject} is not finished: nothing new is sent before it is")
        self.intent_id = intent_id


class NotMined(TransientError):
    """The transaction was sent, and no block holds it yet. The journal keeps following it.

    Attributes
    ----------
    transaction_hash, waited
        The transaction, and how long its receipt was waited for, in seconds.
    """

    def __init__(self, transaction_hash: str, waited: float) -> None:
        super().__init__(
            f"transaction {transaction_hash} was not mined within {waited:.0f} s; still watched"
        )
        self.transaction_hash = transaction_hash
        self.waited = waited


class Superseded(TransientError):
    """Another transaction of the sender took the nonce: this one never takes effect."""

    def __init__(self, what: str, nonce: int) -> None:
        super().__init__(
            f"{what} never takes effect: another transaction used nonce {nonce} of its sender; "
            "is the key used by another program?"
        )
        self.nonce = nonce


class ExplorerFailed(TransientError):
    """A block explorer gave no answer, or one of another shape."""

    def __init__(self, action: str, cause: str) -> None:
        super().__init__(f"the block explorer, asked to {action}: {cause}; try again later")


class Cancelled(TransientError):
    """A transaction of ours that does nothing took the nonce: this one never takes effect."""

    def __init__(self, what: str, nonce: int) -> None:
        super().__init__(f"{what} was cancelled: a transaction without effect used nonce {nonce}")
        self.nonce = nonce


class LeaseLost(TransientError):
    """Somebody else may sign for the account. Nothing was signed.

    Attributes
    ----------
    account, holder
        The account, and who holds its lease; None if nobody does.
    """

    def __init__(self, account: str, holder: str | None) -> None:
        whose = "has ended" if holder is None else f"is held by {holder}"
        super().__init__(f"the lease of {account} {whose}: nothing was signed")
        self.account = account
        self.holder = holder


class CallReverted(TrimtabError):
    """A contract refused a call.

    Attributes
    ----------
    name
        Name of the contract's error, or `Unexplained` where the node passed none on.
    args_by_name
        The error's arguments, by their names in the contract.
    sentence
        What went wrong, in plain English.
    data
        The revert data as the contract returned them; empty if the node passed none on.
    """

    def __init__(
        self,
        name: str,
        args_by_name: Mapping[str, object],
        sentence: str,
        *,
        data: bytes = b"",
    ) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.args_by_name = dict(args_by_name)
        self.sentence = sentence
        self.data = data


class RejectedByVault(TrimtabError):
    """A contract of ours refused a call, for a reason that it names.

    Attributes
    ----------
    name
        Name of the custom error, for example `SellsPastTarget`.
    args_by_name
        The error's arguments, by their names in the contract.
    sentence
        What was refused and why, in plain English.
    """

    def __init__(self, name: str, args_by_name: Mapping[str, object], sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.args_by_name = dict(args_by_name)
        self.sentence = sentence


class TransactionReverted(TrimtabError):
    """A transaction was mined and undone.

    Attributes
    ----------
    transaction_hash, block_number
        The transaction and its block.
    """

    def __init__(self, what: str, transaction_hash: str, block_number: int) -> None:
        super().__init__(
            f"{what} was mined in block {block_number} and reverted: see {transaction_hash}"
        )
        self.transaction_hash = transaction_hash
        self.block_number = block_number


class BadInput(TrimtabError):
    """Something given by the user cannot be used; the message says what would be."""


class ConfigError(BadInput):
    """A setting that cannot be used.

    Attributes
    ----------
    key
        Path of the setting, for example `vaults.0.policy.kind`.
    file
        File it was read from, or None if it came from elsewhere, such as a variable.
    line
        Line in that file, from 1, or None if it is not known.
    """

    def __init__(
        self,
        problem: str,
        *,
        key: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(f"{_place(file, line)}{key}: {problem}")
        self.key = key
        self.file = file
        self.line = line


class ConfigFaults(BadInput):
    """Settings that cannot be used.

    Attributes
    ----------
    faults
        One line for each, with its place, its key, its value and what was expected.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class KeystoreError(BadInput):
    """A keystore file or its password cannot be used. Never carries either's content."""


class RecordError(BadInput):
    """A deployment record cannot be read, or is not what its schema says."""


class DeploymentRefused(BadInput):
    """Nothing was deployed, because the chain is not as the configuration says.

    Attributes
    ----------
    findings
        One line for each contradiction.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


class PriceFileError(BadInput):
    """A file of prices that cannot be used.

    Attributes
    ----------
    file
        The file.
    line
        Line in it, from 1, or None if the file as a whole is at fault.
    column
        Name of the column, or None if no single one is at fault.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        where = _place(file, line) + (f"column {column}: " if column else "")
        super().__init__(f"{where}{problem}")
        self.file = file
        self.line = line
        self.column = column


class MissingPrice(BadInput):
    """An asset has no price at a time.

    Attributes
    ----------
    asset, moment
        What is to be priced, and when.
    """

    def __init__(self, asset: str, moment: str, cause: str) -> None:
        super().__init__(f"no price of {asset} at {moment}: {cause}")
        self.asset = asset
        self.moment = moment


class WrongChain(BadInput):
    """The node serves another chain than the configuration names."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"the node serves chain {actual}, the configuration names chain {expected}: set "
            "node.chain_id, or name a node of that chain in node.url or node.urls"
        )
        self.expected = expected
        self.actual = actual


class NoContract(BadInput):
    """An address that must have code has none."""

    def __init__(self, address: str, what: str, block: int | str) -> None:
        super().__init__(
            f"{what} at {address} has no code at block {block}: check the address and the chain"
        )
        self.address = address


class LedgerError(TrimtabError):
    """An event does not fit what the events before it left."""


class HistoryGap(LedgerError):
    """The events of a vault do not arrive at what it holds.

    Attributes
    ----------
    what, told, held
        What differs, what the events come to, and what the vault has.
    """

    def __init__(self, what: str, told: object, held: object) -> None:
        super().__init__(
            f"{what}: the events come to {told}, the vault has {held}: events are missing; read "
            "from the vault's first block, and from a node that keeps all logs"
        )
        self.what = what
        self.told = told
        self.held = held


class StoreError(TrimtabError):
    """The database is locked, broken or of another version. Nothing was sent."""


class TooManyFailures(TrimtabError):
    """The keeper failed on too many blocks in a row.

    Attributes
    ----------
    count
        Number of consecutive failures.
    """

    def __init__(self, count: int, last: str) -> None:
        super().__init__(f"{count} blocks failed in a row, the last one with: {last}")
        self.count = count


class LocalChainError(TrimtabError):
    """The embedded chain could not do what a scenario asked of it."""


class InvariantError(TrimtabError):
    """Something that cannot happen has happened: a fault in this program, not in its input."""


def _place(file: str | None, line: int | None) -> str:
    if file is None:
        return ""
    return f"{file}: " if line is None else f"{file}:{line}: "
