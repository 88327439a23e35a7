"""Operations on roles and on trading as a whole: keepers, ownership, pause, abdication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from trimtab.chain.contracts import interface
from trimtab.cli.vault_operation import (
    AN_ADDRESS,
    ANYONE,
    CALLED,
    GUARDED,
    OWNER,
    Arguments,
    Change,
    operation,
    seconds_change,
)
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_words import Who, address, seconds
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.phrases import duration, moment
from trimtab.errors import BadInput

PAUSE_SECONDS = 7 * 86_400
"""How long the guardian's pause lasts (`PAUSE_DURATION` in Mandate.sol)."""

SETTINGS = {
    "limits": "setLimits",
    "bands": "setBands",
    "bounds": "setBounds",
    "routes": "addRoute",
    "assets": "addAsset",
    "write-offs": "writeOff",
    "fee": "setFee",
}
"""Settings that can be given up, and the functions that set them."""


def _pause_words(rules: Rules, _given: Arguments) -> list[Change]:
    until = moment(rules.now + (rules.delay or 0) + PAUSE_SECONDS)
    return [
        Change(
            f"pause trading and the base-asset doors until about {until}; the pause cannot be "
            f"renewed for {duration(PAUSE_SECONDS)} after that, and exits in kind stay open"
        )
    ]


@operation("pause", ("Mandate", "pause"), ("guardian",), _pause_words)
def pause(_rules: Rules) -> tuple[()]:
    """Stop rebalances and shut the base-asset doors for seven days."""
    return ()


def _unpause_words(rules: Rules, _given: Arguments) -> list[Change]:
    until = rules.snapshot.paused_until
    ending = (
        f"the pause that would last until {moment(until)}" if until > rules.now else "any pause"
    )
    return [Change(f"end {ending}: rebalances and the base-asset doors go on")]


@operation("unpause", ("Mandate", "unpause"), OWNER, _unpause_words)
def unpause(_rules: Rules) -> tuple[()]:
    """End a pause before its time."""
    return ()


def _keeper_words(verb: str) -> Callable[[Rules, Arguments], list[Change]]:
    def words(rules: Rules, given: Arguments) -> list[Change]:
        keeper = given["keeper"]
        now = " (it is one)" if rules.view("Mandate", "isKeeper", keeper) else " (it is none)"
        return [Change(f"{verb} keeper {keeper}{now}")]

    return words


@operation(
    f"add-keeper {AN_ADDRESS}",
    ("Mandate", "addKeeper"),
    OWNER,
    _keeper_words("add"),
)
def add_keeper(_rules: Rules, keeper: Who) -> tuple[str]:
    """Let an account rebalance in the keeper tier."""
    return (address(keeper, "KEEPER"),)


@operation(
    f"remove-keeper {AN_ADDRESS}",
    ("Mandate", "removeKeeper"),
    GUARDED,
    _keeper_words("remove"),
)
def remove_keeper(_rules: Rules, keeper: Who) -> tuple[str]:
    """Take the keeper role from an account."""
    return (address(keeper, "KEEPER"),)


def _role_words(role: str, argument: str) -> Callable[[Rules, Arguments], list[Change]]:
    def words(rules: Rules, given: Arguments) -> list[Change]:
        return [Change(f"the {role}", rules.holder(role, "Mandate"), given[argument])]

    return words


@operation(
    f"set-manager {AN_ADDRESS}",
    ("Mandate", "setManager"),
    OWNER,
    _role_words("manager", "newManager"),
)
def set_manager(_rules: Rules, manager: Who) -> tuple[str]:
    """Replace who schedules target weights."""
    return (address(manager, "MANAGER"),)


@operation(
    f"set-guardian {AN_ADDRESS}",
    ("Mandate", "setGuardian"),
    OWNER,
    _role_words("guardian", "newGuardian"),
)
def set_guardian(rules: Rules, guardian: Who) -> tuple[str]:
    """Replace who can pause, remove and freeze. It must not be able to cancel in the timelock."""
    found = address(guardian, "GUARDIAN")
    if rules.timelock is not None and rules.timelock.may("CANCELLER_ROLE", found):
        raise BadInput(
            f"{found} may cancel operations of the timelock {rules.timelock.address}, and so could "
            "veto its own removal: name a guardian that is not a canceller"
        )
    return (found,)


def _offer_words(contract: str) -> Callable[[Rules, Arguments], list[Change]]:
    what = "rules" if contract == "Mandate" else "oracle"

    def words(rules: Rules, given: Arguments) -> list[Change]:
        offered, now = given["newOwner"], rules.holder("owner", contract)
        if offered == NO_ADDRESS:
            return [Change(f"withdraw the offer of the ownership of the {what}; {now} keeps it")]
        return [
            Change(f"offer the ownership of the {what} to {offered}; {now} keeps it until then")
        ]

    return words


@operation(
    f"offer-ownership {AN_ADDRESS}",
    ("Mandate", "offerOwnership"),
    OWNER,
    _offer_words("Mandate"),
)
def offer_ownership(_rules: Rules, owner: Who) -> tuple[str]:
    """Name a new owner of the rules, who must accept."""
    return (address(owner, "OWNER"),)


@operation(
    f"offer-oracle-ownership {AN_ADDRESS}",
    ("PriceOracle", "offerOwnership"),
    OWNER,
    _offer_words("PriceOracle"),
)
def offer_oracle_ownership(_rules: Rules, owner: Who) -> tuple[str]:
    """Name a new owner of the oracle, who must accept."""
    return (address(owner, "OWNER"),)


def _accept_words(contract: str) -> Callable[[Rules, Arguments], list[Change]]:
    what = "owner of the rules" if contract == "Mandate" else "owner of the oracle"

    def words(rules: Rules, _given: Arguments) -> list[Change]:
        now, offered = rules.holder("owner", contract), rules.holder("owner to be", contract)
        return [Change(f"the {what}", now, offered)]

    return words


@operation(
    "accept-ownership", ("Mandate", "acceptOwnership"), ("owner to be",), _accept_words("Mandate")
)
def accept_ownership(_rules: Rules) -> tuple[()]:
    """Take the ownership of the rules that was offered."""
    return ()


@operation(
    "accept-oracle-ownership",
    ("PriceOracle", "acceptOwnership"),
    ("owner to be",),
    _accept_words("PriceOracle"),
)
def accept_oracle_ownership(_rules: Rules) -> tuple[()]:
    """Take the ownership of the oracle that was offered."""
    return ()


def _abdicate_words(rules: Rules, given: Arguments) -> list[Change]:
    names = {_selector(function): name for name, function in SETTINGS.items()}
    name = names.get(given["selector"], f"0x{given['selector'].hex()}")
    already = rules.view("Mandate", "isAbdicated", given["selector"])
    note = " (it was given up already)" if already else ""
    return [Change(f"give up the setting {name} for ever: nobody can change it again{note}")]


@operation("abdicate bands", ("Mandate", "abdicate"), OWNER, _abdicate_words)
def abdicate(
    _rules: Rules,
    setting: Annotated[str, typer.Argument(help=f"One of {', '.join(SETTINGS)}.")],
) -> tuple[bytes]:
    """Give up a setting for ever."""
    if setting not in SETTINGS:
        raise BadInput(
            f'"{setting}" cannot be given up, expected one of {", ".join(SETTINGS)}: what protects '
            "holders stays"
        )
    return (_selector(SETTINGS[setting]),)


def _selector(function: str) -> bytes:
    return interface("Mandate").function(function).selector


def _delay_words(rules: Rules, given: Arguments) -> list[Change]:
    asked = rules.timelock_at(given[CALLED])
    now = asked.min_delay if asked else 0
    return [seconds_change("the timelock's delay", now, given["newDelay"])]


@operation("set-delay '3 d'", ("TimelockController", "updateDelay"), ANYONE, _delay_words)
def set_delay(
    _rules: Rules, delay: Annotated[str, typer.Argument(help='Such as "2 d".')]
) -> tuple[int]:
    """Replace the shortest time between proposing and executing; only through the timelock."""
    return (seconds(delay, "DELAY"),)


def _breaker_words(rules: Rules, _given: Arguments) -> list[Change]:
    tripped = "has tripped" if rules.snapshot.only_to_base else "has not tripped"
    return [
        Change(
            f"reset the drawdown breaker, which {tripped}: rebalances may buy every asset, and its "
            "high-water mark begins anew"
        )
    ]


@operation("reset-breaker", ("Mandate", "resetBreaker"), OWNER, _breaker_words)
def reset_breaker(_rules: Rules) -> tuple[()]:
    """Let rebalances buy every asset again after a drawdown."""
    return ()
