/** What a revert says, in the sentences that every command of Trimtab uses. */

import {
  BaseError,
  decodeErrorResult,
  type Hex,
  isHex,
  parseAbiItem,
  size,
  slice,
  toFunctionSelector,
} from "viem";
import table from "./generated/reverts.json";
import { amountText, moment, percent, SHARE_DECIMALS } from "./numbers";
import { BLOCKERS, nameOf, PRICE_STATUS, printable, REASONS } from "./words";

export interface TokenName {
  symbol: string;
  decimals: number;
}

export type TokenNames = ReadonlyMap<string, TokenName>;

const MOST_WORDS = 300;
const ERRORS: Readonly<Record<string, string>> = table.errors;
const MEANINGS: Readonly<Record<string, string>> = table.words;

/** A sentence for whatever went wrong while asking a node or a wallet. */
export function explain(error: unknown, tokens: TokenNames): string {
  const data = revertData(error);
  if (data !== null) return sentence(data, tokens);
  if (!(error instanceof Error)) return printable(String(error), MOST_WORDS);
  if (isRejection(error)) return "you declined it in the wallet; nothing was sent";
  const words = error instanceof BaseError ? error.shortMessage : error.message;
  return printable(words, MOST_WORDS);
}

/** What `data`, returned by a call that reverted, says. */
export function sentence(data: Hex, tokens: TokenNames): string {
  if (size(data) < 4) return "the call reverted without giving a reason";
  const entry = entries().get(slice(data, 0, 4));
  if (entry) {
    try {
      return filled(entry.signature, entry.template, data, tokens);
    } catch {
      return `the call reverted with an unknown error ${data.slice(0, 74)}`;
    }
  }
  try {
    const { errorName, args } = decodeErrorResult({ abi: [], data });
    const word = printable(String(args?.[0] ?? ""), MOST_WORDS);
    if (errorName === "Error") {
      const meaning = MEANINGS[word];
      return meaning ? `${meaning} (${word})` : `the call reverted: ${word}`;
    }
    return `the call reverted by panic ${word}`;
  } catch {
    return `the call reverted with an unknown error ${data.slice(0, 74)}`;
  }
}

/** What a call that reverted gave back, or null if that is not told. */
export function revertData(error: unknown): Hex | null {
  for (let cause: unknown = error, depth = 0; cause && depth < 10; depth += 1) {
    const data = (cause as { data?: unknown }).data;
    if (isHex(data)) return data;
    const nested = (data as { data?: unknown } | undefined)?.data;
    if (isHex(nested)) return nested;
    cause = (cause as { cause?: unknown }).cause;
  }
  return null;
}

/** Whether whoever holds the wallet said no. */
export function isRejection(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause && depth < 10; depth += 1) {
    if ((cause as { code?: unknown }).code === 4001) return true;
    cause = (cause as { cause?: unknown }).cause;
  }
  return false;
}

let known: Map<Hex, { signature: string; template: string }> | null = null;

function entries(): Map<Hex, { signature: string; template: string }> {
  known ??= new Map(
    Object.entries(ERRORS).map(([signature, template]) => [
      toFunctionSelector(`function ${signature}`),
      { signature, template },
    ]),
  );
  return known;
}

function filled(signature: string, template: string, data: Hex, tokens: TokenNames): string {
  const item = parseAbiItem(`error ${signature}` as "error E(uint256 amount)");
  const { args } = decodeErrorResult({ abi: [item], data });
  const values = new Map(item.inputs.map((input, i) => [input.name as string, (args as readonly unknown[])[i]]));
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name: string, unit?: string) =>
    inUnit(values.get(name), unit ?? "", values, tokens),
  );
}

function inUnit(
  value: unknown,
  unit: string,
  values: ReadonlyMap<string, unknown>,
  tokens: TokenNames,
): string {
  if (unit === "token") return tokens.get(String(value))?.symbol ?? String(value);
  if (unit.startsWith("of ")) {
    const token = String(values.get(unit.slice(3)));
    const name = tokens.get(token);
    if (!name) return `${value} smallest units of ${token}`;
    return `${amountText(value as bigint, name.decimals)} ${name.symbol}`;
  }
  const format = UNITS[unit];
  return format ? format(value) : printable(String(value), MOST_WORDS);
}

const UNITS: Readonly<Record<string, (value: unknown) => string>> = {
  wad: (value) => amountText(value as bigint, SHARE_DECIMALS),
  pct: (value) => percent(value as bigint),
  time: (value) => (value === 0n ? "not by waiting" : moment(value as bigint)),
  seconds: (value) => `${value} s`,
  reason: (value) => nameOf(REASONS, Number(value)),
  blocker: (value) => nameOf(BLOCKERS, Number(value)),
  status: (value) => nameOf(PRICE_STATUS, Number(value)),
};
