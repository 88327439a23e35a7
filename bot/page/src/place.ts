/** Which vault the page shows and where it reads it: from its address, else from `config.json`. */

import { type Address, getAddress, isAddress } from "viem";

export interface Place {
  chainId: number;
  /** Address of a JSON-RPC node. */
  rpc: string;
  vault: Address;
  lens: Address;
  /** A keeper of the vault, whose right to rebalance is reported; null for nobody's. */
  keeper: Address | null;
  /** Block of the deployment: where the history begins. */
  fromBlock: bigint;
  /** Address of a block explorer, or null. */
  explorer: string | null;
}

/** What is missing or wrong, in words. */
export class BadPlace extends Error {}

const KEYS = ["chainId", "rpc", "vault", "lens", "keeper", "fromBlock", "explorer"] as const;
type Key = (typeof KEYS)[number];
type Raw = Partial<Record<Key, unknown>>;

/** Reads `config.json` beside the page, if there is one; the page's own address overrides it. */
export async function findPlace(search: string): Promise<Place> {
  const query = new URLSearchParams(search);
  const raw: Raw = await configured();
  for (const key of KEYS) {
    const value = query.get(key);
    if (value !== null) raw[key] = value;
  }
  return placeOf(raw);
}

/** Checks every part; a page's address may come from anybody. */
export function placeOf(raw: Raw): Place {
  const chainId = Number(raw.chainId);
  if (!Number.isSafeInteger(chainId) || chainId < 1) {
    throw new BadPlace(`chainId is ${show(raw.chainId)}; expected a number such as 11155111`);
  }
  return {
    chainId,
    rpc: urlOf("rpc", raw.rpc),
    vault: addressOf("vault", raw.vault),
    lens: addressOf("lens", raw.lens),
    keeper: raw.keeper === undefined || raw.keeper === null ? null : addressOf("keeper", raw.keeper),
    fromBlock: blockOf(raw.fromBlock),
    explorer: raw.explorer === undefined || raw.explorer === null ? null : urlOf("explorer", raw.explorer),
  };
}

async function configured(): Promise<Raw> {
  const answer = await fetch("./config.json").catch(() => null);
  if (!answer?.ok) return {};
  const raw: unknown = await answer.json().catch(() => {
    throw new BadPlace("config.json is not JSON; see trimtab serve --help for what it holds");
  });
  if (typeof raw !== "object" || raw === null) throw new BadPlace("config.json holds no object");
  return { ...(raw as Raw) };
}

function addressOf(key: string, value: unknown): Address {
  if (typeof value !== "string" || !isAddress(value, { strict: false })) {
    throw new BadPlace(`${key} is ${show(value)}; expected an address of 40 hexadecimal digits`);
  }
  return getAddress(value);
}

function urlOf(key: string, value: unknown): string {
  try {
    const url = new URL(String(value), window.location.href);
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
