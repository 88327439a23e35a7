"""`trimtab keys`: make a keystore, bring a key into one, look at one. No key is an argument."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_account import Account
from typer.core import TyperGroup

from trimtab.cli.app import app, example, out, remark
from trimtab.cli.keystore import (
    asker,
    is_exposed,
    keystore_address,
    new_password,
    private_key,
    write_keystore,
)
from trimtab.errors import KeystoreError

KEY = re.compile(r"(?:--?[\w-]+=)?(?:0[xX])?[0-9a-fA-F]{64}")
"""A private key, alone or as the value of an option."""

PHRASE = re.compile(r"(?:[a-z]{3,8}\s+){11,23}[a-z]{3,8}")
"""Words from which wallets derive keys."""


class NoKeys(TyperGroup):
    """A group of verbs that refuses a key among its arguments before anything repeats it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises
        ------
        KeystoreError
            If one of them is a private key or a recovery phrase.
        """
        if any(KEY.fullmatch(text) or PHRASE.fullmatch(text.strip().lower()) for text in args):
            raise KeystoreError(
                "a private key or recovery phrase stands on the command line (not repeated here): "
                "the shell's history and other users can see it; move the funds to a new key, and "
                "let trimtab keys import ask for keys"
            )
        return list(super().parse_args(ctx, args))


keys = typer.Typer(
    help="Make and look at keystore files.",
    no_args_is_help=True,
    cls=NoKeys,
    epilog=example("keys new keystores/keeper.json"),
)
app.add_typer(keys, name="keys")

NewFile = Annotated[Path, typer.Argument(help="File to write; must not exist.")]


@keys.command(epilog=example("keys new keystores/keeper.json"))
def new(file: NewFile) -> None:
    """Make a new key and write it to FILE, encrypted with a password."""
    _refuse_existing(file)
    account = Account.create()
    write_keystore(file, account, new_password(os.environ, asker()))
    _report(file, account.address)


@keys.command(name="import", epilog=example("keys import keystores/keeper.json"))
def import_(file: NewFile) -> None:
    """Read a private key from a hidden prompt, or from standard input, and encrypt it to FILE."""
    _refuse_existing(file)
    ask = asker()
    key = private_key(ask("Private key (not shown): ") if ask else sys.stdin.readline())
    account = Account.from_key(key.to_bytes())
    write_keystore(file, account, new_password(os.environ, ask))
    _report(file, account.address)


@keys.command(epilog=example("keys show keystores/keeper.json"))
def show(file: Annotated[Path, typer.Argument(help="A keystore.")]) -> None:
    """Print the address of the keystore FILE; needs no password and shows no key."""
    out.print(keystore_address(file))
    if is_exposed(file):
        remark(f"warning: others can read {file}; chmod 600 keeps them out")


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise KeystoreError(f"{file}: a file stands there already; it was not touched")


def _report(file: Path, address: str) -> None:
    out.print(address)
    remark(f"wrote {file}, readable by you alone; without its password the key is lost")
