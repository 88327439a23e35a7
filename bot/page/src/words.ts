/** Names of what the contracts count, and whatever a chain says made fit to be shown. */

export const REASONS = ["none", "threshold", "calendar", "public"] as const;

export const BLOCKERS = [
  "none",
  "not due",
  "paused",
  "oracle",
  "cooldown",
  "not poked",
  "poke delay",
  "public cooldown",
  "loss bucket",
  "turnover bucket",
] as const;

export const PRICE_STATUS = [
  "ok",
  "no feed",
  "sequencer",
  "unreadable",
  "out of bounds",
  "from the future",
  "stale",
  "diverged",
] as const;

const MOST_LETTERS = 64;

/** `text` as one bounded line: control, format and direction marks of a token's name become `?`. */
export function printable(text: string, most = MOST_LETTERS): string {
  const line = [...text].map((letter) => (/[\p{C}\p{Z}]/u.test(letter) && letter !== " " ? "?" : letter));
  return line.length > most ? `${line.slice(0, most).join("")}…` : line.join("");
}

/** The name of a member of an enum. */
export function nameOf(names: readonly string[], member: number): string {
  return names[member] ?? `state ${member}`;
}

/** `0x1234…abcd`. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
