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

from trimtab.errors.base import (
    TrimtabError,
)
from trimtab.errors.ended import (
    HistoryGap,
    InvariantError,
    LedgerError,
    LocalChainError,
    StoreError,
    TooManyFailures,
)
from trimtab.errors.given import (
    BadInput,
    ConfigError,
    ConfigFaults,
    DeploymentRefused,
    KeystoreError,
    MissingPrice,
    NoContract,
    PriceFileError,
    RecordError,
    WrongChain,
)
from trimtab.errors.refused import (
    CallReverted,
    RejectedByVault,
    TransactionReverted,
)
from trimtab.errors.transient import (
    BlockMoved,
    Cancelled,
    CountUnproven,
    ExplorerFailed,
    FeeTooHigh,
    IntentPending,
    LeaseLost,
    LowBalance,
    NodeAnsweredWrongly,
    NodeBehind,
    NodeBusy,
    NodeRefused,
    NodesDisagree,
    NodeUnreachable,
    NotMined,
    SignerFailed,
    Superseded,
    TransientError,
)

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
