/** Every rebalance with its legs and what it cost, and the value per share after each. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Address } from "viem";
import { PAGE } from "../event_index";
import type { History, Leg, Point, Rebalance } from "../history";
import { basisPoints, moment, percent, shortAmount, valueText, WAD } from "../numbers";
import type { Place } from "../place";
import { type Reading, valuePerShare } from "../reading";
import { type Dates, useDates } from "../use_dates";
import type { HistoryState } from "../use_history";
import { nameOf, REASONS } from "../words";
import { Section, Sheet, Where } from "./parts";

const CHART_HEIGHT = 220;
/** Pixels that a date or a block number needs on the axis. */
const TICK_WIDTH = 100;
const DAY_SECONDS = 86_400;
/** Least height of the chart to either side of its middle, as a part of the value there. */
const LEAST_REACH = 0.005;
const HEADS = ["When", "Why", "By", "Drift", "Traded", "Loss"] as const;

interface Props {
  history: HistoryState;
  reading: Reading;
  place: Place;
}

export function HistoryView({ history, reading, place }: Props) {
  return (
    <Section title="History">
      {history.fault && <p class="fault" role="alert">{`The history could not be read: ${history.fault}`}</p>}
      {!history.found && !history.fault && (
        <p role="status">
          Reading events from the chain … <progress value={history.part} max={1} />
        </p>
      )}
      {history.found && <Found found={history.found} state={history} reading={reading} place={place} />}
    </Section>
  );
}

interface FoundProps {
  found: History;
  state: HistoryState;
  reading: Reading;
  place: Place;
}

function Found({ found, state, reading, place }: FoundProps) {
  const [wanted, setWanted] = useState(PAGE);
  const shown = found.rebalances.slice(-wanted).reverse();
  const dates = useDates(place, shown);
  const points = useMemo(
    () => [...found.points.map((point) => dated(point, dates)), now(reading)],
    [found.points, dates, reading.block.number],
  );
  const more = () => {
    if (wanted + PAGE > found.rebalances.length && found.rebalances.length < found.count) state.more();
    setWanted(wanted + PAGE);
  };
  return (
    <>
      <p id="source">{sourceText(found, state)}</p>
      {found.points.length > 0 && reading.vault.nav > 0n && <Chart points={points} />}
      {shown.length > 0 && (
        <Sheet label="Rebalances" stacked>
          <thead>
            <tr>
              {HEADS.map((name) => (
                <th scope="col" key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          {shown.map((rebalance) => (
            <Row
              key={rebalance.transaction}
              rebalance={rebalance}
              when={rebalance.timestamp ?? dates.get(rebalance.blockNumber) ?? null}
              reading={reading}
              place={place}
            />
          ))}
        </Sheet>
      )}
      {shown.length > 0 && (
        <p class="note">Traded and lost are parts of the vault's value; a loss is counted at the oracle's prices.</p>
      )}
      {shown.length < found.count && (
        <p>
          <button type="button" onClick={more}>{`Show ${PAGE} more`}</button>
        </p>
      )}
    </>
  );
}

function sourceText(found: History, state: HistoryState): string {
  const count = found.count === 1 ? "One rebalance" : `${found.count || "No"} rebalances`;
  const source =
    found.indexed === null
      ? "read from the chain's events by your node"
      : `told by this page's index up to block ${found.indexed}, and read from the chain after that`;
  const instead = state.passedOver ? `; the index was passed over: ${state.passedOver}` : "";
  return `${count}, ${source}${instead}.`;
}

interface RowProps {
  rebalance: Rebalance;
  /** Its time, in seconds since 1970; null while only its block is known. */
  when: bigint | null;
  reading: Reading;
  place: Place;
}

/** A rebalance: its numbers in one row, its legs below them. */
function Row({ rebalance, when, reading, place }: RowProps) {
  const [why, by, drift, traded, lost] = HEADS.slice(1);
  return (
    <tbody>
      <tr>
        <th scope="row" title={rebalance.transaction}>
          {when === null ? `block ${rebalance.blockNumber}` : moment(when)}
        </th>
        <td data-head={why}>{nameOf(REASONS, rebalance.reason)}</td>
        <td data-head={by}><Where address={rebalance.caller} place={place} /></td>
        <td data-head={drift} class="wide">{`${percent(rebalance.driftBefore)} → ${percent(rebalance.driftAfter)}`}</td>
        <td data-head={traded}>{percent(rebalance.turnover)}</td>
        <td data-head={lost}>{basisPoints(rebalance.loss)}</td>
      </tr>
      <tr class="legs">
        <td colSpan={HEADS.length}>
          {rebalance.legs.map((leg, i) => (
            <div key={i}>{legText(leg, reading)}</div>
          ))}
        </td>
      </tr>
    </tbody>
  );
}

/** Value of a share at the block that was read, which may be long after the last rebalance. */
function now(reading: Reading): Point {
  const { number, timestamp } = reading.block;
  return { blockNumber: number, timestamp, perShare: valuePerShare(reading.vault) };
}

function dated(point: Point, dates: Dates): Point {
  return point.timestamp === null ? { ...point, timestamp: dates.get(point.blockNumber) ?? null } : point;
}

function legText(leg: Leg, reading: Reading): string {
  const cost = leg.valueIn > leg.valueOut ? ((leg.valueIn - leg.valueOut) * WAD) / leg.valueIn : 0n;
  const [sold, bought] = [named(leg.tokenIn, leg.amountIn, reading), named(leg.tokenOut, leg.amountOut, reading)];
  return `${sold} → ${bought}, ${basisPoints(cost)} under the oracle's price`;
}

function named(token: Address, amount: bigint, reading: Reading): string {
  const name = reading.tokens.get(token);
  return name ? `${shortAmount(amount, name.decimals)} ${name.symbol}` : `${amount} of ${token}`;
}

/** Words at the marks of an axis, which are `step` apart. */
type Words = (chart: uPlot, marks: number[], axis: number, space: number, step: number) => string[];

/** Days as the page writes them everywhere; minutes or seconds where marks are as close as those. */
const TIMES: Words = (_chart, marks, _axis, _space, step) => {
  const [first, end] = step < 60 ? [11, 19] : step < DAY_SECONDS ? [5, 16] : [0, 10];
  return marks.map((mark) => moment(BigInt(Math.round(mark))).slice(first, end));
};
const BLOCKS: Words = (_chart, marks) => marks.map((mark) => `block ${Math.round(mark)}`);
/** As many digits as tell two marks apart. */
const VALUES: Words = (_chart, marks, _axis, _space, step) =>
  marks.map((mark) => mark.toFixed(Math.max(2, Math.ceil(-Math.log10(step)))));

/** From the least to the most with a little room, and never so little that dust looks like a rise. */
const reach: uPlot.Range.Function = (_chart, least, most) => {
  const [middle, half] = [(least + most) / 2, ((most - least) / 2) * 1.1];
  const room = Math.max(half, LEAST_REACH * Math.abs(middle));
  return [middle - room, middle + room];
};

function Chart({ points }: { points: readonly Point[] }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const drawn = points.filter((point) => point.perShare > 0n);
    const timed = drawn.every((point) => point.timestamp !== null);
    const colour = getComputedStyle(element).getPropertyValue("--accent");
    const ink = getComputedStyle(element).color;
    const axis = { stroke: ink, grid: { stroke: "rgba(128,128,128,0.2)" }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: CHART_HEIGHT,
        legend: { show: false },
        scales: { x: { time: timed }, y: { range: reach } },
        axes: [
          { ...axis, space: TICK_WIDTH, values: timed ? TIMES : BLOCKS },
          { ...axis, size: 70, values: VALUES },
        ],
        series: [{}, { stroke: colour, width: 2, points: { show: drawn.length < 60 } }],
      },
      [
        drawn.map((point) => Number(timed ? point.timestamp : point.blockNumber)),
        drawn.map((point) => Number(point.perShare) / 1e18),
      ],
      element,
    );
    const resize = () => chart.setSize({ width: element.clientWidth, height: CHART_HEIGHT });
    window.addEventListener("resize", resize);
    return () => {
      window.removeEventListener("resize", resize);
      chart.destroy();
    };
  }, [points]);
  const last = points[points.length - 1];
  const label = `Value per share after each rebalance; ${last ? valueText(last.perShare) : ""} now`;
  return (
    <figure>
      <div ref={host} role="img" aria-label={label} />
      <figcaption>Value per share after each rebalance, and now</figcaption>
    </figure>
  );
}
