/** Which vault the page shows and where it reads it: `config.json`, else the page's own address. */

import { type Address, getAddress, isAddress } from "viem";

export interface Place {
  chainId: number;
  /** Address of a JSON-RPC node. */
  rpc: string;
  vault: Address;
  lens: Address;
  /** A keeper of the vault, whose right to rebalance is reported; null for nobody's. */
  keeper: Address | null;
  /** Contracts for a zap, or null: the zapper, and Uniswap's QuoterV2. */
  zapper: Address | null;
  quoter: Address | null;
  /** Block of the deployment: where the history begins. */
  fromBlock: bigint;
  /** Address of a block explorer, or null. */
  explorer: string | null;
  /** Address of an index of the vault's events, or null to read them from the node. */
  history: string | null;
  /** Whether the page's address chose all of this, not whoever runs the host. */
  byLink: boolean;
}

/** What is missing or wrong, in words. */
export class BadPlace extends Error {}

const KEYS = ["chainId", "rpc", "vault", "lens", "keeper", "zapper", "quoter", "fromBlock", "explorer", "history"] as const;
type Key = (typeof KEYS)[number];
/** What a host answers for a file that it does not have. */
const ABSENT: readonly number[] = [404, 410];
type Raw = Partial<Record<Key, unknown>>;

/**
 * Reads `config.json` beside the page; only where there is none, the page's own address counts.
 *
 * Whoever runs the host answers for its `config.json`. A link may come from anybody: beside a
 * configuration it could put a hostile vault, lens or node under a name that people trust.
 */
export async function findPlace(search: string): Promise<Place> {
  const raw = await configured();
  return raw ? { ...placeOf(raw), byLink: false } : { ...placeOf(queried(search)), byLink: true };
}

function queried(search: string): Raw {
  const query = new URLSearchParams(search);
  const named = KEYS.filter((key) => query.has(key));
  return Object.fromEntries(named.map((key) => [key, query.get(key)]));
}

/** Checks every part, wherever it comes from. */
function placeOf(raw: Raw): Omit<Place, "byLink"> {
  const chainId = Number(raw.chainId);
  if (!Number.isSafeInteger(chainId) || chainId < 1) {
    throw new BadPlace(`chainId is ${show(raw.chainId)}; expected a number such as 11155111`);
  }
  return {
    chainId,
    rpc: urlOf("rpc", raw.rpc),
    vault: addressOf("vault", raw.vault),
    lens: addressOf("lens", raw.lens),
    keeper: optional(raw.keeper, (value) => addressOf("keeper", value)),
    zapper: optional(raw.zapper, (value) => addressOf("zapper", value)),
    quoter: optional(raw.quoter, (value) => addressOf("quoter", value)),
    fromBlock: blockOf(raw.fromBlock),
    explorer: optional(raw.explorer, (value) => urlOf("explorer", value)),
    history: optional(raw.history, (value) => urlOf("history", value)),
  };
}

/** What `config.json` says; null only where the host itself says that there is none. */
async function configured(): Promise<Raw | null> {
  const answer = await fetch(beside("config.json"), { cache: "no-store" }).catch(() => {
    throw new BadPlace("config.json beside the page could not be asked for; try again later");
  });
  if (ABSENT.includes(answer.status)) return null;
  if (!answer.ok) throw new BadPlace(`config.json could not be read: the host says ${answer.status}; try again later`);
  const raw: unknown = await answer.json().catch(() => {
    throw new BadPlace("config.json is not JSON; see trimtab serve --help for what it holds");
  });
  if (typeof raw !== "object" || raw === null) throw new BadPlace("config.json holds no object");
  return raw as Raw;
}

/** A file beside the page. Some hosts answer `//` with the page, and have nothing beside that. */
function beside(name: string): URL {
  const folder = window.location.pathname.replace(/\/{2,}/g, "/");
  return new URL(name, new URL(folder, window.location.origin));
}

function optional<Part>(value: unknown, read: (value: unknown) => Part): Part | null {
  return value === undefined || value === null ? null : read(value);
}

function addressOf(key: string, value: unknown): Address {
  if (typeof value !== "string" || !isAddress(value, { strict: false })) {
    throw new BadPlace(`${key} is ${show(value)}; expected an address of 40 hexadecimal digits`);
  }
  return getAddress(value);
}

function urlOf(key: string, value: unknown): string {
  try {
    const url = new URL(String(value), beside("."));
    if (value !== undefined && ["http:", "https:"].includes(url.protocol)) return url.href;
  } catch {
    // Falls through to the one message.
  }
  throw new BadPlace(`${key} is ${show(value)}; expected an address that begins with https://`);
}

function blockOf(value: unknown): bigint {
  if (value === undefined) return 0n;
  if (/^\d{1,15}$/.test(String(value))) return BigInt(String(value));
  throw new BadPlace(`fromBlock is ${show(value)}; expected a block number`);
}

function show(value: unknown): string {
  return value === undefined ? "missing" : `"${String(value).slice(0, 80)}"`;
}
