"""`trimtab tax`: lots, gains and losses of a vault or of a holder of its shares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from trimtab.cli.app import (
    DEFAULT_CONFIG,
    AsJson,
    ConfigFile,
    app,
    example,
    out,
    plain_table,
    remark,
)
from trimtab.cli.format import SHARE_DECIMALS, amount_of, time_text, value_text
from trimtab.cli.past import FirstBlock, Past, PriceFile, accounts_of, read_past
from trimtab.cli.session import Session
from trimtab.cli.tax_plan import Books, rebalance_outlook
from trimtab.domain.units import DAY, PRICE_SCALE, WAD
from trimtab.errors import BadInput, HistoryGap
from trimtab.history.shares import read_transfers
from trimtab.history.tokens import balance_of
from trimtab.research.tax_advice import (
    HarvestCandidate,
    HarvestRules,
    harvest_candidates,
    largest_sale,
    planned_gain,
    unrealised,
)
from trimtab.research.tax_lots import LotBook, Method, Picks, settle
from trimtab.research.tax_movements import asset_movements, share_movements, worth_from
from trimtab.research.tax_report import GainRow, csv_text, exact_text, gain_rows, totals

LONG_TERM = 365
"""Days after which a holding counts as long-term unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """A book with what it takes to show it.

    Attributes
    ----------
    book
        The lots.
    decimals
        Of its quantities.
    price
        What one smallest unit is worth now, in WAD times `PRICE_SCALE`.
    token
        Address of the ERC-20.
    """

    book: LotBook
    decimals: int
    price: int
    token: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is shown, as a screen or as JSON."""

    now: int
    long_term: int
    rows: tuple[GainRow, ...]
    taxed: tuple[Taxed, ...]
    candidates: tuple[tuple[Taxed, HarvestCandidate], ...]


@app.command(epilog=example("tax --year 2026 --csv gains.csv"))
def tax(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    holder: Annotated[
        list[str] | None,
        typer.Option(help="Account of a holder; repeat for several. Without it, the vault itself."),
    ] = None,
    method: Annotated[Method, typer.Option(help="Which lots a disposal takes.")] = Method.FIFO,
    picks: Annotated[
        Path | None, typer.Option(help="JSON file for `specific`: lots by disposal.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="Calendar year of the disposals (UTC).")] = None,
    long_term: Annotated[
        int, typer.Option(min=0, help="Days after which a holding counts as long-term.")
    ] = LONG_TERM,
    window: Annotated[int, typer.Option(min=0, help="Waiting window of a loss, in days.")] = 30,
    sell: Annotated[
        str | None, typer.Option(help="A sale to look ahead at, as SYMBOL=AMOUNT.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Most gain that SELL or a rebalance may realise, in the unit of account."
        ),
    ] = None,
    rebalance: Annotated[
        bool, typer.Option(help="Show what a rebalance to target would realise now.")
    ] = False,
    prices: PriceFile = None,
    from_block: FirstBlock = None,
    csv: Annotated[Path | None, typer.Option(help="Write the gains to this CSV file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show tax lots, gains and losses. Advice only: nothing is traded."""
    past = read_past(session := Session(config), price_file=prices, first=from_block)
    chosen = _picks(picks, method)
    if rebalance and holder:
        raise BadInput("--rebalance is about the vault's own lots: leave --holder out")
    taxed = (
        _holder_books(session, past, holder, method, chosen)
        if holder
        else _vault_books(past, method, chosen)
    )
    shown = _shown(taxed, past, long_term * DAY, year, HarvestRules(window=window * DAY))
    if csv is not None:
        csv.write_text(csv_text(shown.rows), encoding="utf-8")
        remark(f"gains: {csv}")
    outlook = None if sell is None else _outlook(taxed, sell, budget, method, past.head.timestamp)
    ahead = _rebalance(session, taxed, method, budget) if rebalance else None
    if as_json:
        more = {"sale": outlook} if outlook else {}
        more |= {"rebalance": ahead} if ahead else {}
        out.print_json(json.dumps(_as_json(shown) | more))
        return
    _print(shown)
    if outlook:
        out.print("  ".join(f"{key} {value}" for key, value in outlook.items()), soft_wrap=True)
    if ahead:
        _print_rebalance(ahead)


def tax_rows(past: Past) -> tuple[tuple[str, ...], ...]:
    """A table of a vault's lots by asset, oldest first, and of what it has realised so far."""
    taxed = _vault_books(past, Method.FIFO, {})
    shown = _shown(taxed, past, LONG_TERM * DAY, None, HarvestRules())
    sums = totals(shown.rows)
    rows: list[tuple[str, ...]] = [("asset", "lots", "cost", "value", "unrealised")]
    for item in taxed:
        holdings = unrealised(item.book, item.price)
        money = (
            item.book.cost,
            sum(holding.value for holding in holdings),
            sum(holding.gain for holding in holdings),
        )
        rows.append((item.book.asset, str(len(item.book.lots)), *map(value_text, money)))
    rows.append(("realised", "parts", "cost", "short-term gain", "long-term gain"))
    realised = (sums.cost, sums.short_gain, sums.long_gain)
    rows.append(("", str(len(shown.rows)), *map(value_text, realised)))
    return tuple(rows)


def _vault_books(past: Past, method: Method, picks: Picks) -> tuple[Taxed, ...]:
    """Books of each asset of the vault, which must hold what the vault holds."""
    worth = worth_from(past.price_at, past.decimals)
    movements = asset_movements(past.entries, worth)
    ledger = past.entries[-1].ledger
    held = dict(zip(ledger.tokens, ledger.recorded, strict=True))
    taxed = []
    for token, moves in movements.items():
        facts = past.tokens[token]
        book = settle(facts.symbol, moves, method, picks)
        _require_held(book, held.get(token, 0))
        price = _unit_price(past, token) if book.lots else 0
        taxed.append(Taxed(book, facts.decimals, price, token))
    return tuple(taxed)


def _holder_books(
    session: Session, past: Past, holders: list[str], method: Method, picks: Picks
) -> tuple[Taxed, ...]:
    """The book of the shares of one taxpayer."""
    accounts = accounts_of(holders)
    transfers = read_transfers(session.node, session.target.vault, first=past.first, last=past.head)
    worth = worth_from(past.price_at, past.decimals)
    moves = share_movements(past.entries, transfers, accounts, worth)
    book = settle(past.snapshot.symbol, moves, method, picks)
    vault = session.target.vault
    balances = [balance_of(session.node, vault, owner, at=past.head) for owner in accounts]
    _require_held(book, sum(balances))
    return (Taxed(book, SHARE_DECIMALS, _share_price(past), vault),)


def _require_held(book: LotBook, held: int) -> None:
    if book.quantity != held:
        raise HistoryGap(f"{book.asset} in lots", book.quantity, held)


def _unit_price(past: Past, token: str) -> int:
    price = past.price_at(token, past.head.timestamp)
    return int(price * WAD * PRICE_SCALE / 10 ** past.tokens[token].decimals)


def _share_price(past: Past) -> int:
    """What one share wei stands for now, at the prices in use."""
    ledger = past.entries[-1].ledger
    worth = sum(
        amount * _unit_price(past, token)
        for token, amount in zip(ledger.tokens, ledger.recorded, strict=True)
        if amount
    )
    return worth // ledger.shares


def _picks(file: Path | None, method: Method) -> Picks:
    """Lots by disposal, from a file.

    Raises
    ------
    BadInput
        If the method and the file do not go together, or the file is something else.
    """
    if (file is None) != (method is not Method.SPECIFIC):
        raise BadInput("--method specific and --picks go together: the file names the lots")
    if file is None:
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as JSON: {error}") from None
    fits = isinstance(content, dict) and all(
        isinstance(lots, list) and all(isinstance(lot, str) for lot in lots)
        for lots in content.values()
    )
    if not fits:
        raise BadInput(f'{file}: expected {{"disposal": ["lot", …]}}')
    return dict(content)


def _shown(
    taxed: tuple[Taxed, ...], past: Past, long_term: int, year: int | None, rules: HarvestRules
) -> Shown:
    now = past.head.timestamp
    return Shown(
        now=now,
        long_term=long_term,
        rows=gain_rows(
            ((item.book, item.decimals) for item in taxed), long_term=long_term, year=year
        ),
        taxed=taxed,
        candidates=tuple(
            (item, candidate)
            for item in taxed
            for candidate in harvest_candidates(item.book, item.price, now=now, rules=rules)
        ),
    )


def _outlook(
    taxed: tuple[Taxed, ...], sell: str, budget: str | None, method: Method, now: int
) -> dict[str, str]:
    """What a sale would realise, and how much of it a budget of gains allows."""
    symbol, _, amount = sell.partition("=")
    item = next((item for item in taxed if item.book.asset == symbol), None)
    if item is None:
        names = ", ".join(item.book.asset for item in taxed)
        raise BadInput(f'--sell "{sell}": expected SYMBOL=AMOUNT, with one of {names}')
    quantity = amount_of(amount, item.decimals, "--sell")
    order = Method.FIFO if method is Method.SPECIFIC else method
    gain = planned_gain(item.book, quantity, item.price, order, now=now)
    shown = {"sale": sell, "gain": exact_text(gain, 18)}
    if budget is not None:
        limit = amount_of(budget, 18, "--budget")
        most = largest_sale(item.book, item.price, order, budget=limit, now=now)
        shown["within_budget"] = exact_text(most, item.decimals)
    return shown


def _rebalance(
    session: Session, taxed: tuple[Taxed, ...], method: Method, budget: str | None
) -> dict[str, Any]:
    """What a rebalance to target would realise now, and what of it keeps a budget."""
    known = {item.token: item.book for item in taxed}
    lots = tuple(known.get(holding.token) for holding in session.snapshot().holdings)
    order = Method.FIFO if method is Method.SPECIFIC else method
    limit = None if budget is None else amount_of(budget, 18, "--budget")
    return rebalance_outlook(session, Books(lots, order), limit)


def _print_rebalance(ahead: dict[str, Any]) -> None:
    for title, plan in (
        ("a rebalance to target", ahead),
        ("within the budget", ahead.get("within_budget")),
    ):
        if plan is not None:
            sales = ", ".join(
                f"{sale['quantity']} {sale['asset']} (gain {sale['gain']})"
                for sale in plan["sales"]
            )
            line = f"sells {sales}: gain {plan['gain']} in all; {plan['sentence']}"
            out.print(f"{title}: {line if sales else plan['sentence']}", soft_wrap=True)


def _as_json(shown: Shown) -> dict[str, Any]:
    sums = totals(shown.rows)
    return {
        "realised": {
            "cost": exact_text(sums.cost, 18),
            "proceeds": exact_text(sums.proceeds, 18),
            "short_gain": exact_text(sums.short_gain, 18),
            "long_gain": exact_text(sums.long_gain, 18),
            "parts": len(shown.rows),
        },
        "open": [_open_json(item, shown) for item in shown.taxed],
        "harvest": [_candidate_json(item, candidate) for item, candidate in shown.candidates],
    }


def _open_json(item: Taxed, shown: Shown) -> dict[str, Any]:
    holdings = unrealised(item.book, item.price)
    return {
        "asset": item.book.asset,
        "quantity": exact_text(item.book.quantity, item.decimals),
        "cost": exact_text(item.book.cost, 18),
        "gain": exact_text(sum(holding.gain for holding in holdings), 18),
        "lots": [
            {
                "lot": holding.lot.reference,
                "acquired": holding.lot.acquired_at,
                "quantity": exact_text(holding.lot.quantity, item.decimals),
                "cost": exact_text(holding.lot.cost, 18),
                "gain": exact_text(holding.gain, 18),
                "long_term": shown.now - holding.lot.acquired_at > shown.long_term,
            }
            for holding in holdings
        ],
    }


def _candidate_json(item: Taxed, candidate: HarvestCandidate) -> dict[str, Any]:
    return {
        "asset": item.book.asset,
        "lot": candidate.holding.lot.reference,
        "loss": exact_text(-candidate.holding.gain, 18),
        "substitute": candidate.substitute,
        "clear_at": candidate.clear_at,
        "rebuy_at": candidate.rebuy_at,
    }


def _print(shown: Shown) -> None:
    sums = totals(shown.rows)
    out.print(
        f"realised in {len(shown.rows)} parts: short-term {value_text(sums.short_gain)}, "
        f"long-term {value_text(sums.long_gain)}, proceeds {value_text(sums.proceeds)}, "
        f"cost {value_text(sums.cost)}",
        style="bold",
        soft_wrap=True,
    )
    table = plain_table("asset", "lots", "quantity", "cost", "value", "unrealised")
    for item in shown.taxed:
        holdings = unrealised(item.book, item.price)
        table.add_row(
            item.book.asset,
            str(len(item.book.lots)),
            f"{item.book.quantity / 10**item.decimals:,.8g}",
            value_text(item.book.cost),
            value_text(sum(holding.value for holding in holdings)),
            value_text(sum(holding.gain for holding in holdings)),
        )
    out.print(table)
    for item, candidate in shown.candidates:
        instead = f", {candidate.substitute} may stand in" if candidate.substitute else ""
        out.print(
            f"{item.book.asset}: a loss of {value_text(-candidate.holding.gain)} could be taken "
            f"from {time_text(candidate.clear_at)}{instead}; not to be bought again before "
            f"{time_text(candidate.rebuy_at)}",
            soft_wrap=True,
        )
