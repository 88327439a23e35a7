"""What a contract refused, with its reason decoded."""

from collections.abc import Mapping

from trimtab.errors.base import TrimtabError


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
