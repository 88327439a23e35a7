/** What the vault holds against what it should hold: a picture, then the numbers. */

import { useEffect, useRef, useState } from "preact/hooks";
import { duration, EMPTY, percent, priceText, shortAmount, valueText } from "../numbers";
import { type Asset, type Reading, weightOf } from "../reading";
import { nameOf, PRICE_STATUS } from "../words";
import { Section, Sheet } from "./parts";

/** Width before the picture knows its own, in pixels. */
const WIDTH = 640;
const ROW = 34;
const LEFT = 90;
const HEADS = ["Asset", "Weight", "Target", "Drift", "Band", "Amount", "Value", "Price", "Price age"] as const;

export function Allocation({ reading }: { reading: Reading }) {
  return (
    <Section title="Allocation">
      <Picture reading={reading} />
      <Sheet label="Allocation in numbers" stacked>
        <thead>
          <tr>
            {HEADS.map((name) => (
              <th scope="col" key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {reading.assets.map((asset) => (
            <Row key={asset.address} asset={asset} reading={reading} />
          ))}
        </tbody>
      </Sheet>
      <p class="note">
        Values and prices are in the unit of the oracle's feeds, such as US dollars. Price age: how long ago a feed
        answered last, of the longest that the vault accepts.
      </p>
    </Section>
  );
}

function Row({ asset, reading }: { asset: Asset; reading: Reading }) {
  const { held, token } = asset;
  const nav = reading.vault.nav;
  const weight = weightOf(asset, nav);
  return (
    <tr data-asset={asset.address}>
      <th scope="row" title={asset.address}>{asset.symbol}</th>
      <td data-head="Weight">{nav ? percent(weight) : EMPTY}</td>
      <td data-head="Target">{percent(held.target)}</td>
      <td data-head="Drift" class={distance(asset, weight, nav)}>
        {nav ? percent(weight - held.target, true) : EMPTY}
      </td>
      <td data-head="Band">{percent(held.band)}</td>
      <td data-head="Amount">{shortAmount(held.recorded, asset.decimals)}</td>
      <td data-head="Value">{token.price ? valueText(held.value) : EMPTY}</td>
      <td data-head="Price">{priceText(token.price, asset.decimals)}</td>
      <td data-head="Price age">{age(asset, reading)}</td>
    </tr>
  );
}

function age(asset: Asset, reading: Reading): string {
  if (asset.held.writtenOff) return "written off";
  if (asset.token.priceStatus !== 0) return nameOf(PRICE_STATUS, asset.token.priceStatus);
  const passed = reading.block.timestamp - asset.token.priceUpdatedAt;
  return `${duration(passed)} of ${duration(asset.token.heartbeat)}`;
}

/** How far from its target an asset is, as the name of a style. */
function distance(asset: Asset, weight: bigint, nav: bigint): string {
  if (nav === 0n) return "";
  const gap = weight > asset.held.target ? weight - asset.held.target : asset.held.target - weight;
  if (gap >= asset.held.hardBand) return "beyond";
  return gap >= asset.held.band ? "due" : "inside";
}

function Picture({ reading }: { reading: Reading }) {
  const nav = reading.vault.nav;
  const rows = reading.assets.map((asset) => ({ asset, weight: weightOf(asset, nav) }));
  const most = rows.reduce((top, { asset, weight }) => {
    const reach = asset.held.target + asset.held.hardBand;
    return [top, weight, reach].reduce((a, b) => (a > b ? a : b));
  }, 10n ** 16n);
  const [frame, width] = useWidth();
  const x = (wad: bigint) => LEFT + (Number(wad < 0n ? 0n : wad) / Number(most)) * (width - LEFT - 20);
  const spoken = rows.map(({ asset, weight }) => `${asset.symbol} ${percent(weight)} of target ${percent(asset.held.target)}`);
  return (
    <figure ref={frame}>
      <svg viewBox={`0 0 ${width} ${rows.length * ROW}`} role="img" aria-label={spoken.join("; ")}>
        {rows.map(({ asset, weight }, i) => (
          <Bar key={asset.address} asset={asset} weight={weight} nav={nav} x={x} y={i * ROW + ROW / 2} />
        ))}
      </svg>
      <figcaption>● weight, │ target, thick bar: band, thin bar: hard band, beyond which anyone may rebalance</figcaption>
    </figure>
  );
}

/** An element's width in pixels: one unit of the picture is one of them, so letters keep their size. */
function useWidth() {
  const element = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(WIDTH);
  useEffect(() => {
    const measure = () => setWidth(Math.max(element.current?.clientWidth ?? WIDTH, 2 * LEFT));
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return [element, width] as const;
}

interface BarProps {
  asset: Asset;
  weight: bigint;
  nav: bigint;
  x: (wad: bigint) => number;
  y: number;
}

function Bar({ asset, weight, nav, x, y }: BarProps) {
  const { target, band, hardBand } = asset.held;
  return (
    <g>
      <text x={0} y={y + 5}>{asset.symbol.slice(0, 10)}</text>
      <line class="hard" x1={x(target - hardBand)} x2={x(target + hardBand)} y1={y} y2={y} />
      <line class="band" x1={x(target - band)} x2={x(target + band)} y1={y} y2={y} />
      <line class="target" x1={x(target)} x2={x(target)} y1={y - 11} y2={y + 11} />
      {nav > 0n && <circle class={distance(asset, weight, nav)} cx={x(weight)} cy={y} r={6} />}
    </g>
  );
}
