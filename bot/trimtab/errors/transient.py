"""Failures that may not happen again on the next block."""

from decimal import Decimal

from trimtab.errors.base import TrimtabError


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
        more = "more" if needed is None else f"{_coins(needed - balance)} or more"
        wanted = "more" if needed is None else _coins(needed)
        super().__init__(
            f"{account} holds {_coins(balance)} native coins, but {wanted} may be needed "
            f"for gas and value: send it {more}"
        )
        self.account = account
        self.balance = balance
        self.needed = needed


def _coins(wei: int) -> str:
    """An amount of the chain's own currency, exact."""
    return f"{Decimal(wei).scaleb(-18).normalize():f}"


class SignerFailed(TransientError):
    """The signer gave no signature, or the signature of something else. Nothing was sent.

    Attributes
    ----------
    signer
        The signer, without what may be secret in its address.
    """

    def __init__(self, signer: str, problem: str) -> None:
        super().__init__(
            f"the signer {signer} {problem}; nothing was sent: check section [keys], its address, "
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
