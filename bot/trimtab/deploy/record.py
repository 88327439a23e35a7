"""What was deployed, as a file that others can check: written once, validated on every reading."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

import trimtab
from trimtab.deploy.sources import commit, compiler, source_name, standard_input
from trimtab.deploy.spec import NO_ADDRESS, DeploymentSpec
from trimtab.deploy.survey import Survey, answer_bounds
from trimtab.errors import RecordError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FORMAT = 2
"""Version of the file's shape."""


@dataclass(frozen=True, slots=True)
class Made:
    """A contract that a deployment created.

    Attributes
    ----------
    address, transaction, block
        Where it lives and what created it.
    code_hash
        Keccak-256 of the code that lives there.
    arguments, encoded
        Constructor arguments, and the same as they follow the creation code.
    """

    address: ChecksumAddress
    transaction: str
    block: int
    code_hash: str
    arguments: tuple[Any, ...]
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Seed:
    """The first deposit as it happened: shares in share wei, assets in their smallest units."""

    shares: int
    receiver: str
    assets: tuple[int, ...]
    transaction: str
    block: int


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """A deployment record that matches its schema.

    Attributes
    ----------
    content
        The file, parsed.
    """

    content: Mapping[str, Any]

    @property
    def chain_id(self) -> int:
        """Chain it is on."""
        return int(self.content["chain_id"])

    @property
    def fingerprint(self) -> str:
        """Name of the specification it was made from."""
        return str(self.content["fingerprint"])

    @property
    def vault(self) -> ChecksumAddress:
        """Address of the vault."""
        return to_checksum_address(self.content["vault"]["address"])

    @property
    def symbol(self) -> str:
        """Symbol of its share."""
        return str(self.content["vault"]["symbol"])

    @property
    def quoter(self) -> ChecksumAddress:
        """Address of Uniswap's QuoterV2."""
        return to_checksum_address(self.content["outside"]["quoter"])

    @property
    def zapper(self) -> ChecksumAddress | None:
        """Address of the zapper, if one was deployed."""
        return self.contract("Zapper") if "Zapper" in self.content["contracts"] else None

    @property
    def first_block(self) -> int:
        """Block of the first transaction: no event of the vault or its rules is older."""
        return min(int(entry["block"]) for entry in self.content["contracts"].values())

    def contract(self, name: str) -> ChecksumAddress:
        """Address of one of our contracts, by its name."""
        return to_checksum_address(self.content["contracts"][name]["address"])


def record_path(folder: Path, spec: DeploymentSpec) -> Path:
    """Where the record of a specification stands."""
    return record_file(folder, spec.chain_id, spec.symbol)


def record_file(folder: Path, chain_id: int, symbol: str) -> Path:
    """Where the record of the vault with this symbol stands."""
    return folder / str(chain_id) / f"{_file_name(symbol)}.json"


def read_record(path: Path) -> DeploymentRecord:
    """The record in a file.

    Raises
    ------
    RecordError
        If there is none, or it is not what its schema says; the message names the key.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError(f"{path}: no such deployment record; trimtab deploy writes one") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RecordError(f"{path}: not a deployment record: {error}") from None
    faults = record_faults(content)
    if faults:
        raise RecordError("\n".join(f"{path}: {fault}" for fault in faults))
    record = DeploymentRecord(content)
    if record.vault != record.contract("Vault"):
        raise RecordError(
            f"{path}: vault.address: {record.vault}, but contracts.Vault.address is "
            f"{record.contract('Vault')}; expected one and the same: it was changed by hand"
        )
    return record


def record_faults(content: object) -> list[str]:
    """What contradicts the schema: key, value, and what is expected."""
    return [
        f"{'.'.join(str(part) for part in error.absolute_path) or 'the record'}: {error.message}"
        for error in sorted(_validator().iter_errors(content), key=lambda e: list(map(str, e.path)))
    ]


def input_path(path: Path) -> Path:
    """Where the compiler's input for block explorers stands, beside the record at `path`."""
    return path.with_name(f"{path.stem}.standard-input.json")


def write_record(path: Path, record: DeploymentRecord) -> None:
    """Write a record and its compiler's input; a crash leaves the old record or the new one.

    Raises
    ------
    RecordError
        If it does not match its schema, or cannot be written.
    """
    faults = record_faults(record.content)
    if faults:
        raise RecordError("\n".join(f"{path}: {fault}" for fault in faults))
    entries = record.content["contracts"].items()
    addresses = {name: entry["address"] for name, entry in entries}
    write_json(input_path(path), standard_input(addresses))
    write_json(path, record.content)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file so that a crash leaves the old one or the new one."""
    draft = path.with_suffix(".draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be written: {error.strerror}") from error


def compose(
    spec: DeploymentSpec, found: Survey, made: Mapping[str, Made], seed: Seed, deployer: str
) -> DeploymentRecord:
    """The record of a finished deployment."""
    owner = spec.owner({name: item.address for name, item in made.items()})
    content = {
        "format": FORMAT,
        "fingerprint": spec.fingerprint(),
        "chain_id": spec.chain_id,
        "network": spec.network,
        "deployer": deployer,
        "trimtab": {"version": trimtab.__version__, "commit": commit()},
        "compiler": compiler(),
        "vault": {"name": spec.name, "symbol": spec.symbol, "address": made["Vault"].address},
        "contracts": {name: _contract(name, item) for name, item in made.items()},
        "outside": {
            "router": spec.uniswap.router,
            "quoter": spec.uniswap.quoter,
            "factory": found.factory,
            "sequencer_feed": None if spec.sequencer_feed == NO_ADDRESS else spec.sequencer_feed,
        },
        "roles": _plain(asdict(spec.roles) | {"owner": owner}),
        "timelock": _timelock(spec, found, owner),
        "limits": _plain(asdict(spec.limits)),
        "assets": [_asset(spec, found, position) for position in range(len(spec.assets))],
        "routes": _routes(spec, made["UniswapV3Venue"].address),
        "seed": _plain(asdict(seed)) | {"block": seed.block},
    }
    return DeploymentRecord(content)


def _contract(name: str, made: Made) -> dict[str, Any]:
    return {
        "source": source_name(name),
        "address": made.address,
        "transaction": made.transaction,
        "block": made.block,
        "code_hash": made.code_hash,
        "arguments": _plain(list(made.arguments)),
        "encoded_arguments": "0x" + made.encoded.hex(),
    }


def _timelock(spec: DeploymentSpec, found: Survey, owner: str) -> dict[str, Any] | None:
    """The timelock that owns the vault; who may use it is known only if it was created here."""
    if spec.timelock is not None:
        return {"address": owner, **_plain(asdict(spec.timelock)), "delay": spec.timelock.delay}
    if found.owner_delay is None:
        return None
    return {"address": owner, "delay": found.owner_delay}


def _asset(spec: DeploymentSpec, found: Survey, position: int) -> dict[str, Any]:
    asset, facts = spec.assets[position], found.assets[position]
    min_answer, max_answer = answer_bounds(asset, facts.feed_decimals)
    numbers = {
        "deviation": asset.deviation,
        "min_answer": min_answer,
        "max_answer": max_answer,
        "weight": asset.weight,
        "min_weight": asset.min_weight,
        "max_weight": asset.max_weight,
        "band": asset.band,
        "hard_band": asset.hard_band,
    }
    return {
        "symbol": asset.symbol,
        "token": asset.token,
        "decimals": facts.decimals,
        "feed": asset.feed,
        "feed_description": asset.feed_description,
        "feed_decimals": facts.feed_decimals,
        "heartbeat": asset.heartbeat,
    } | {key: str(number) for key, number in numbers.items()}


def _routes(spec: DeploymentSpec, venue: str) -> list[dict[str, Any]]:
    return [
        {
            "id": position,
            "sell": spec.assets[route.token_in].symbol,
            "buy": spec.assets[route.token_out].symbol,
            "venue": venue,
            "fees": list(route.fees),
            "through": list(route.through),
            "data": "0x" + route.data().hex(),
        }
        for position, route in enumerate(spec.routes)
    ]


def _plain(value: Any) -> Any:
    """`value` as JSON: whole numbers as digits in text, bytes as hexadecimal."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value)


def _file_name(symbol: str) -> str:
    """A symbol as a file name: anything but letters, digits and dashes becomes a dash."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in symbol)


@cache
def _validator() -> Draft202012Validator:
    # A keeper whose vault stands in its settings reads no record, and starts without it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415 (as said above)

    schema = json.loads(files("trimtab.deploy").joinpath("schema/deployment.json").read_text())
    return Draft202012Validator(schema)
