/** Dates of rebalances whose events carry none, asked of the node after everything else. */

import { useEffect, useState } from "preact/hooks";
import type { Rebalance } from "./history";
import type { Place } from "./place";
import { datesOf } from "./reading";

/** By block, in seconds since 1970; null where the node was asked and did not say. */
export type Dates = ReadonlyMap<bigint, bigint | null>;

/** Blocks asked for in one request: as many as `trimtab serve` hands on at once. */
const AT_ONCE = 20;

/** Times of the blocks that hold these rebalances, as far as they are known. */
export function useDates(place: Place, shown: readonly Rebalance[]): Dates {
  const [known, setKnown] = useState<Dates>(new Map());
  const missing = shown.filter((one) => one.timestamp === null && !known.has(one.blockNumber));
  const wanted = [...new Set(missing.map((one) => one.blockNumber))].slice(0, AT_ONCE);
  const key = wanted.join();
  useEffect(() => {
    if (wanted.length === 0) return;
    let current = true;
    void datesOf(place, wanted).then((found) => {
      // A block's number stands where its date is missing; nothing else depends on it.
      const told = wanted.map((block) => [block, found.get(block) ?? null] as const);
      if (current) setKnown((old) => new Map([...old, ...told]));
    });
    return () => {
      current = false;
    };
  }, [place, key]);
  return known;
}
