"""`trimtab report`: what became of a vault's share, as figures, as a page, and in plain words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

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
from trimtab.cli.format import EMPTY
from trimtab.cli.past import UNIT_OF_ACCOUNT, FirstBlock, Past, PriceFile, read_past
from trimtab.cli.session import Session
from trimtab.cli.tax import tax_rows
from trimtab.domain.phrases import percentage
from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.research.report import (
    ReportData,
    plain_html,
    report_data,
    report_html,
    report_json,
    span,
)
from trimtab.research.vault_path import share_path

PLAIN = ".plain.html"
"""How the name of the page in plain words ends."""


@app.command(epilog=example("report --html report.html"))
def report(
    backtest: Annotated[
        Path | None,
        typer.Argument(help="Bars that `trimtab backtest --output` wrote.  [default: the vault]"),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    html: Annotated[
        Path | None, typer.Option(help="Write the report to this file, and one in plain words.")
    ] = None,
    prices: PriceFile = None,
    from_block: FirstBlock = None,
    as_json: AsJson = False,
) -> None:
    """Report on one share of a vault, from chain events alone, or on a backtest."""
    if backtest is None:
        data = vault_report(read_past(Session(config), price_file=prices, first=from_block))
    elif prices is not None or from_block is not None:
        raise BadInput("--prices and --from-block belong to a vault: a backtest brings its prices")
    else:
        data = backtest_report(backtest)
    if html is not None:
        write_report(html, data)
    if as_json:
        out.print_json(json.dumps(report_json(data)))
    else:
        _print(data)


def vault_report(past: Past) -> ReportData:
    """Everything a report shows of a vault's share: daily, and at every event."""
    snapshot = past.snapshot
    seeded = next(entry.timestamp for entry in past.entries if entry.ledger.shares)
    grid = range(seeded, past.head.timestamp + 1, DAY)
    path = share_path(past.entries, past.tokens, past.price_at, times=[*grid, past.head.timestamp])
    data = report_data(
        path,
        title=f"{snapshot.name} ({snapshot.symbol})",
        source=(
            f"Read from {len(past.entries)} events of {snapshot.vault} on chain "
            f"{snapshot.chain_id}, up to block {snapshot.block_number}; they arrive at what the "
            "vault holds."
        ),
        unit=UNIT_OF_ACCOUNT,
    )
    return replace(data, taxes=tax_rows(past))


def backtest_report(file: Path) -> ReportData:
    """Everything a report shows of a backtest that began with a worth of 1."""
    library("pandas")
    from trimtab.research.backtest_bars import (  # noqa: PLC0415 (reports on vaults need no pandas)
        bars_path,
    )

    return report_data(
        bars_path(file),
        title=f"Backtest {file.stem}",
        source=f"A backtest, from the bars in {file.name}. No such vault was there.",
        unit="the first worth",
    )


def write_report(html: Path, data: ReportData) -> None:
    """Write a report to a file, and the page in plain words beside it."""
    plain = html.with_name(html.stem + PLAIN)
    _write(html, report_html(data))
    _write(plain, plain_html(data))
    remark(f"report: {html}; in plain words: {plain}")


def _print(data: ReportData) -> None:
    out.print(f"{data.title}, {span(data.series)}", style="bold", soft_wrap=True)
    table = plain_table("of one share", "")
    figures = data.figures
    for name, value in (
        ("change", figures.total_return),
        ("had nothing been traded", data.held.values[-1] / data.held.values[0] - 1),
        ("return a year", figures.annual_return),
        ("volatility a year", figures.volatility),
        ("deepest fall", figures.drawdown.depth),
        ("turnover a year", data.turnover),
        ("diversification return a year", data.growth.diversification),
        ("costs and other moves a year", data.growth.moves),
    ):
        table.add_row(name, EMPTY if value is None else percentage(value, signed=True))
    out.print(table)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be written: {error.strerror}") from None
