/** What an index of a vault's events tells; every part is checked before it is shown. */

import { type Address, getAddress } from "viem";
import type { History, Leg, Point, Rebalance } from "./history";
import { REASONS } from "./words";

const TIMEOUT_MS = 10_000;
export const PAGE = 50;

interface Answer {
  history: History;
  /** Block where its history begins. */
  first: bigint;
}

/** The newest rebalances, and the value per share after each; null if nothing is indexed yet. */
export async function readIndex(url: string): Promise<Answer | null> {
  const answer = await ask(url, { limit: String(PAGE) });
  if (answer.last_block === null) return null;
  const rebalances = list(answer.rebalances).map(rebalanceOf).reverse();
  const last = whole(answer.last_block);
  const history = {
    last,
    count: Number(whole(answer.count)),
    rebalances,
    points: list(answer.per_share).map(pointOf),
    keepers: list(answer.keepers).map(addressOf),
    supply: whole(answer.supply),
    indexed: last,
  };
  return { history, first: whole(answer.first_block) };
}

/** Rebalances below a nonce, the oldest first. */
export async function readOlder(url: string, before: bigint): Promise<Rebalance[]> {
  const answer = await ask(url, { limit: String(PAGE), before: before.toString() });
  return list(answer.rebalances).map(rebalanceOf).reverse();
}

type Raw = Readonly<Record<string, unknown>>;

async function ask(url: string, query: Record<string, string>): Promise<Raw> {
  const where = new URL(url);
  for (const [key, value] of Object.entries(query)) where.searchParams.set(key, value);
  const answer = await fetch(where, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`the index answers with status ${answer.status}`);
  return object(await answer.json());
}

function rebalanceOf(value: unknown): Rebalance {
  const raw = object(value);
  return {
    blockNumber: whole(raw.block),
    timestamp: whole(raw.timestamp),
    transaction: String(raw.transaction),
    caller: addressOf(raw.caller),
    nonce: whole(raw.nonce),
    reason: REASONS.indexOf(raw.reason as (typeof REASONS)[number]),
    navBefore: whole(raw.nav_before),
    navAfter: whole(raw.nav_after),
    driftBefore: whole(raw.drift_before),
    driftAfter: whole(raw.drift_after),
    loss: whole(raw.loss),
    turnover: whole(raw.turnover),
    perShare: whole(raw.per_share),
    legs: list(raw.legs).map(legOf),
  };
}

function legOf(value: unknown): Leg {
  const raw = object(value);
  return {
    tokenIn: addressOf(raw.token_in),
    tokenOut: addressOf(raw.token_out),
    amountIn: whole(raw.amount_in),
    amountOut: whole(raw.amount_out),
    valueIn: whole(raw.value_in),
    valueOut: whole(raw.value_out),
  };
}

function pointOf(value: unknown): Point {
  const [blockNumber, timestamp, perShare] = list(value).map(whole) as [bigint, bigint, bigint];
  return { blockNumber, timestamp, perShare };
}

function object(value: unknown): Raw {
  if (typeof value === "object" && value !== null) return value as Raw;
  throw new Error("the index answers with something else than a history");
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error("the index answers with something else than a list");
}

function whole(value: unknown): bigint {
  if (/^\d{1,78}$/.test(String(value))) return BigInt(String(value));
  throw new Error("the index answers with something else than a number");
}

function addressOf(value: unknown): Address {
  return getAddress(String(value));
}
