/** What happened to a vault, from its events: rebalances, keepers, value per share. */

import { type Address, type Log, parseEventLogs, type PublicClient, toEventSelector, zeroAddress } from "viem";
import { IMandate, IVault } from "./generated/abi";
import type { Place } from "./place";
import { WAD } from "./numbers";

export interface Leg {
  tokenIn: Address;
  tokenOut: Address;
  amountIn: bigint;
  amountOut: bigint;
  valueIn: bigint;
  valueOut: bigint;
}

export interface Rebalance {
  blockNumber: bigint;
  /** Seconds since 1970; null where only a node was asked that tells no times with its events. */
  timestamp: bigint | null;
  transaction: string;
  caller: Address;
  nonce: bigint;
  reason: number;
  navBefore: bigint;
  navAfter: bigint;
  driftBefore: bigint;
  driftAfter: bigint;
  loss: bigint;
  turnover: bigint;
  legs: readonly Leg[];
  /** Value of one share afterwards, in WAD. */
  perShare: bigint;
}

/** Value of one share at a block, in WAD. */
export interface Point {
  blockNumber: bigint;
  timestamp: bigint | null;
  perShare: bigint;
}

/** What happened up to a block. */
export interface History {
  last: bigint;
  count: number;
  /** The newest of them, the oldest first; older ones are asked for when they are wanted. */
  rebalances: readonly Rebalance[];
  points: readonly Point[];
  keepers: readonly Address[];
  supply: bigint;
  /** Up to which block an index told this; null if all of it was read from the chain. */
  indexed: bigint | null;
}

/** Blocks read so far, of how many. */
export type Progress = (done: bigint, of: bigint) => void;

const events = [...IVault, ...IMandate].filter((item) => item.type === "event");
const WANTED = ["Rebalanced", "LegSettled", "Transfer", "KeeperSet"];
const TOPICS = events.filter((item) => WANTED.includes(item.name)).map((item) => toEventSelector(item));
const LEAST_CHUNK = 64n;

/** A history of nothing, that ends before `first`. */
export function noHistory(first: bigint): History {
  return { last: first - 1n, count: 0, rebalances: [], points: [], keepers: [], supply: 0n, indexed: null };
}

/** Reads on from the chain to `last`, in as few requests as the node allows. */
export async function readOn(
  client: PublicClient,
  place: Place,
  mandate: Address,
  known: History,
  last: bigint,
  progress: Progress,
): Promise<History> {
  const logs: Log[] = [];
  const first = known.last + 1n;
  let from = first;
  let chunk = last - from + 1n;
  while (from <= last) {
    const to = from + chunk - 1n < last ? from + chunk - 1n : last;
    try {
      logs.push(...(await logsOf(client, [place.vault, mandate], from, to)));
    } catch (error) {
      // Nodes limit how far one request may reach, each in its own way and words.
      if (chunk <= LEAST_CHUNK) throw error;
      chunk = chunk / 4n > LEAST_CHUNK ? chunk / 4n : LEAST_CHUNK;
      continue;
    }
    from = to + 1n;
    progress(from - first, last - first + 1n);
  }
  return { ...continued(known, logs), last: last > known.last ? last : known.last };
}

async function logsOf(client: PublicClient, address: Address[], from: bigint, to: bigint): Promise<Log[]> {
  const raw = await client.request({
    method: "eth_getLogs",
    params: [{ address, topics: [TOPICS], fromBlock: hex(from), toBlock: hex(to) }],
  });
  return raw as unknown as Log[];
}

const hex = (number: bigint): `0x${string}` => `0x${number.toString(16)}`;

/** Folds events, in the order of the chain, into what people ask about. */
function continued(known: History, logs: Log[]): History {
  const rebalances = [...known.rebalances];
  const points = [...known.points];
  const keepers = new Set<Address>(known.keepers);
  let legs: Leg[] = [];
  let supply = known.supply;
  for (const log of parseEventLogs({ abi: [...IVault, ...IMandate], logs })) {
    if (log.eventName === "Transfer") supply += supplyChange(log.args);
    else if (log.eventName === "LegSettled") legs.push(log.args);
    else if (log.eventName === "KeeperSet") {
      if (log.args.allowed) keepers.add(log.args.keeper);
      else keepers.delete(log.args.keeper);
    } else if (log.eventName === "Rebalanced") {
      const perShare = supply > 0n ? (log.args.navAfter * WAD) / supply : 0n;
      const where = { blockNumber: BigInt(log.blockNumber), timestamp: timeOf(log), transaction: log.transactionHash };
      rebalances.push({ ...log.args, ...where, legs, perShare });
      points.push({ ...where, perShare });
      legs = [];
    }
  }
  const count = known.count + rebalances.length - known.rebalances.length;
  return { ...known, count, rebalances, points, keepers: [...keepers], supply };
}

/** The time of an event's block, which newer nodes tell along with the event. */
function timeOf(log: object): bigint | null {
  const told = "blockTimestamp" in log ? String(log.blockTimestamp) : "";
  return /^0x[0-9a-f]{1,16}$/i.test(told) ? BigInt(told) : null;
}

function supplyChange(args: { from: Address; to: Address; value: bigint }): bigint {
  const minted = args.from === zeroAddress ? args.value : 0n;
  return args.to === zeroAddress ? minted - args.value : minted;
}
