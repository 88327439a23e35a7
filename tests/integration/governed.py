"""A vault whose owner is a timelock, and how people act on it by commands."""

import re
from contextlib import contextmanager

from integration.cli_desk import open_desk
from trimtab.domain.units import DAY
from trimtab.local.accounts import local_accounts

DELAY = 2 * DAY
NOBODY = "0x" + "00" * 20


@contextmanager
def open_governed(folder):
    """A desk with a vault deployed by command, and a timelock that deploy created as its owner."""
    with open_desk(folder) as desk:
        proposer = local_accounts().owner.address
        text = desk.config.read_text().replace(f'owner = "{proposer}"\n', "")
        lock = f'[deploy.timelock]\ndelay = "2 d"\nproposers = ["{proposer}"]\n'
        desk.config.write_text(text + lock)
        desk.deploy()
        yield desk


def does(vault, *arguments, who):
    """What a verb said when it went through."""
    result = vault.run("vault", *arguments, "--live", "--yes", who=who)
    assert result.exit_code == 0, result.output
    return result.stdout


def refuses(vault, *arguments, who):
    """What a verb said when it refused; nothing may have been sent."""
    account = getattr(local_accounts(), who).address
    before = vault.world.node.transaction_count(account)
    result = vault.run("vault", *arguments, "--live", "--yes", who=who)
    assert result.exit_code == 2, result.output
    assert vault.world.node.transaction_count(account) == before
    return result.stderr


def proposed(vault, *arguments, who="owner"):
    """Id of an operation that was put before a timelock."""
    said = does(vault, "propose", *arguments, who=who)
    return re.search(r"operation (0x[0-9a-f]{64})", said)[1]


def through(vault, *arguments, who="owner", delay=DELAY):
    """Do an operation by the timelock; returns what executing it said."""
    name = proposed(vault, *arguments, who=who)
    later(vault, delay)
    vault.move()
    return does(vault, "execute", name, who="holder")


def later(vault, seconds):
    """Let time pass on the chain."""
    if seconds:
        vault.chain.set_next_timestamp(vault.chain.timestamp() + seconds)
        vault.chain.mine()


def timelock(vault, who, delay):
    """A timelock of one proposer, whose operations anyone may execute."""
    proposers = [getattr(local_accounts(), who).address]
    arguments = (delay, proposers, [NOBODY], NOBODY)
    return vault.sender("operator").create("TimelockController", *arguments)
