/** Every rebalance with its legs and what it cost, and the value per share after each. */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Address } from "viem";
import { PAGE } from "../event_index";
import type { History, Leg, Point, Rebalance } from "../history";
import { basisPoints, moment, percent, shortAmount, valueText, WAD } from "../numbers";
import type { Place } from "../place";
import type { Reading } from "../reading";
import type { HistoryState } from "../use_history";
import { nameOf, REASONS } from "../words";
import { Section, Sheet, Where } from "./parts";

const CHART_HEIGHT = 220;

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
  const more = () => {
    if (wanted + PAGE > found.rebalances.length && found.rebalances.length < found.count) state.more();
    setWanted(wanted + PAGE);
  };
  return (
    <>
      <p id="source">{sourceText(found, state)}</p>
      {found.points.length > 1 && <Chart points={found.points} />}
      {shown.length > 0 && (
        <Sheet label="Rebalances">
          <thead>
            <tr>
              {["When", "Why", "By", "Drift", "Traded", "Lost to oracle", "Legs"].map((name) => (
                <th scope="col" key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((rebalance) => (
              <Row key={rebalance.transaction} rebalance={rebalance} reading={reading} place={place} />
            ))}
          </tbody>
        </Sheet>
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

function Row({ rebalance, reading, place }: { rebalance: Rebalance; reading: Reading; place: Place }) {
  return (
    <tr>
      <th scope="row" title={rebalance.transaction}>
        {rebalance.timestamp === null ? `block ${rebalance.blockNumber}` : moment(rebalance.timestamp)}
      </th>
      <td>{nameOf(REASONS, rebalance.reason)}</td>
      <td><Where address={rebalance.caller} place={place} /></td>
      <td>{`${percent(rebalance.driftBefore)} → ${percent(rebalance.driftAfter)}`}</td>
      <td>{percent(rebalance.turnover)}</td>
      <td>{basisPoints(rebalance.loss)}</td>
      <td class="legs">
        {rebalance.legs.map((leg, i) => (
          <div key={i}>{legText(leg, reading)}</div>
        ))}
      </td>
    </tr>
  );
}

function legText(leg: Leg, reading: Reading): string {
  const cost = leg.valueIn > leg.valueOut ? ((leg.valueIn - leg.valueOut) * WAD) / leg.valueIn : 0n;
  const [sold, bought] = [named(leg.tokenIn, leg.amountIn, reading), named(leg.tokenOut, leg.amountOut, reading)];
  return `${sold} → ${bought}, ${basisPoints(cost)}`;
}

function named(token: Address, amount: bigint, reading: Reading): string {
  const name = reading.tokens.get(token);
  return name ? `${shortAmount(amount, name.decimals)} ${name.symbol}` : `${amount} of ${token}`;
}

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
        scales: { x: { time: timed } },
        axes: [axis, { ...axis, size: 70 }],
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
  const label = `Value per share after each rebalance; ${last ? valueText(last.perShare) : ""} at the last`;
  return (
    <figure>
      <div ref={host} role="img" aria-label={label} />
      <figcaption>Value per share after each rebalance</figcaption>
    </figure>
  );
}
