/** Chain integers as people read them; the same ways as `trimtab inspect` writes them. */

export const WAD = 10n ** 18n;
export const PRICE_SCALE = 10n ** 36n;
export const SHARE_DECIMALS = 18;
/** Stands where there is no number. */
export const EMPTY = "—";

const STEPS: readonly (readonly [bigint, string])[] = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "min"],
  [1n, "s"],
];

/** `amount / 10**decimals`, exact, with thousands separated by commas: `1,234.5`. */
export function amountText(amount: bigint, decimals: number): string {
  const unit = 10n ** BigInt(decimals);
  const rest = (amount % unit).toString().padStart(decimals, "0").replace(/0+$/, "");
  const whole = grouped(amount / unit);
  return rest && decimals > 0 ? `${whole}.${rest}` : whole;
}

/** Whole tokens to eight significant digits: enough to recognise, short enough for a table. */
export function shortAmount(amount: bigint, decimals: number): string {
  const number = Number(amount) / 10 ** decimals;
  return number.toLocaleString("en", { maximumSignificantDigits: 8 });
}

/** A fraction in WAD as a percentage with two digits: `1.25 %`. */
export function percent(wad: bigint, signed = false): string {
  const number = Number(wad) / 1e16;
  const text = (Math.round(number * 100) / 100 + 0).toFixed(2);
  return `${signed && !text.startsWith("-") ? "+" : ""}${text} %`;
}

/** A fraction in WAD in basis points with one digit: `12.5 bp`. */
export function basisPoints(wad: bigint): string {
  return `${(Number(wad) / 1e14).toFixed(1)} bp`;
}

/** A value in WAD, to two digits after the point, rounded to the nearest. */
export function valueText(value: bigint): string {
  const cents = (value + WAD / 200n) / (WAD / 100n);
  return `${grouped(cents / 100n)}.${(cents % 100n).toString().padStart(2, "0")}`;
}

/** Units of account for one whole token, to six significant digits. */
export function priceText(price: bigint, decimals: number): string {
  if (price === 0n) return EMPTY;
  const number = (Number(price) * 10 ** decimals) / 1e54;
  if (number >= 1000) return valueText((price * 10n ** BigInt(decimals)) / PRICE_SCALE);
  return Number(number.toPrecision(6)).toString();
}

/** A length of time in its two largest units: `1 d 2 h`, `45 s`. */
export function duration(seconds: bigint): string {
  const parts: string[] = [];
  let left = seconds < 0n ? 0n : seconds;
  for (const [length, name] of STEPS) {
    if (left >= length) parts.push(`${left / length} ${name}`);
    left %= length;
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A time in seconds since 1970 as `2026-01-05 00:00:00 UTC`; 0 stands for never. */
export function moment(timestamp: bigint): string {
  if (timestamp === 0n) return "never";
  if (timestamp > 253_402_300_799n) return `second ${timestamp}`;
  const text = new Date(Number(timestamp) * 1000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** Smallest units for a number of whole tokens that a person wrote, or what is wrong with it. */
export function parseAmount(text: string, decimals: number): bigint | string {
  const cleaned = text.trim().replace(/[,_ ]/g, "");
  if (cleaned === "") return "an amount is needed, such as 1.5";
  const match = /^(\d{1,60})(?:\.(\d*))?$/.exec(cleaned);
  if (!match) return `"${cleaned.slice(0, 40)}" is not a number above 0, such as 1.5`;
  const digits = match[2] ?? "";
  if (digits.length > decimals) return `it has more than ${decimals} digits after the point`;
  const amount = BigInt(match[1] + digits.padEnd(decimals, "0"));
  return amount > 0n ? amount : "it must be above 0";
}

function grouped(whole: bigint): string {
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
