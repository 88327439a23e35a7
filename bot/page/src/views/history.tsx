/** Every rebalance with its legs and what it cost, and the value per share after each. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Address } from "viem";
import type { History, Leg, Rebalance } from "../history";
import { basisPoints, percent, shortAmount, valueText, WAD } from "../numbers";
import type { Place } from "../place";
import type { Reading } from "../reading";
import type { HistoryState } from "../use_history";
import { nameOf, REASONS } from "../words";
import { Section, Sheet, Where } from "./parts";

const SHOWN = 50;
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
      {history.found && <Found found={history.found} reading={reading} place={place} />}
    </Section>
  );
}

function Found({ found, reading, place }: { found: History; reading: Reading; place: Place }) {
  const latest = found.rebalances.slice(-SHOWN).reverse();
  if (latest.length === 0) return <p>No rebalance yet.</p>;
  return (
    <>
      <p>
        {found.rebalances.length === 1 ? "One rebalance" : `${found.rebalances.length} rebalances`}, read from the
        chain's events
        {found.rebalances.length > SHOWN ? `; the last ${SHOWN} are listed` : ""}.
      </p>
      {found.rebalances.length > 1 && <Chart rebalances={found.rebalances} />}
      <Sheet label="Rebalances">
        <thead>
          <tr>
            {["Block", "Why", "By", "Drift", "Traded", "Lost to oracle", "Legs"].map((name) => (
              <th scope="col" key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {latest.map((rebalance) => (
            <Row key={rebalance.transaction} rebalance={rebalance} reading={reading} place={place} />
          ))}
        </tbody>
      </Sheet>
    </>
  );
}

function Row({ rebalance, reading, place }: { rebalance: Rebalance; reading: Reading; place: Place }) {
  return (
    <tr>
      <th scope="row" title={rebalance.transaction}>{rebalance.blockNumber.toString()}</th>
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

function Chart({ rebalances }: { rebalances: readonly Rebalance[] }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const points = rebalances.filter((rebalance) => rebalance.perShare > 0n);
    const colour = getComputedStyle(element).getPropertyValue("--accent");
    const ink = getComputedStyle(element).color;
    const axis = { stroke: ink, grid: { stroke: "rgba(128,128,128,0.2)" }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: CHART_HEIGHT,
        legend: { show: false },
        scales: { x: { time: false } },
        axes: [axis, { ...axis, size: 70 }],
        series: [{}, { stroke: colour, width: 2, points: { show: points.length < 60 } }],
      },
      [points.map((point) => Number(point.blockNumber)), points.map((point) => Number(point.perShare) / 1e18)],
      element,
    );
    const resize = () => chart.setSize({ width: element.clientWidth, height: CHART_HEIGHT });
    window.addEventListener("resize", resize);
    return () => {
      window.removeEventListener("resize", resize);
      chart.destroy();
    };
  }, [rebalances]);
  const last = rebalances[rebalances.length - 1];
  const label = `Value per share by block, after each rebalance; ${last ? valueText(last.perShare) : ""} at the last`;
  return (
    <figure>
      <div ref={host} role="img" aria-label={label} />
      <figcaption>Value per share after each rebalance, by block</figcaption>
    </figure>
  );
}
