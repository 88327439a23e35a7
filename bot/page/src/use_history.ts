/** Reads the history once per vault, after the first view, and says how far it is. */

import { useEffect, useState } from "preact/hooks";
import { type History, readHistory } from "./history";
import type { Place } from "./place";
import { clientOf, type Reading } from "./reading";
import { explain } from "./reverts";

export interface HistoryState {
  found: History | null;
  /** Part read so far, from 0 to 1. */
  part: number;
  fault: string | null;
}

/** The history up to the last rebalance that the reading knows of. */
export function useHistory(place: Place | null, reading: Reading | null): HistoryState {
  const [state, setState] = useState<HistoryState>({ found: null, part: 0, fault: null });
  const nonce = reading?.vault.nonce ?? null;
  useEffect(() => {
    if (!place || !reading) return;
    let current = true;
    const progress = (done: bigint, of: bigint) => {
      if (current) setState((old) => ({ ...old, part: Number((done * 1000n) / of) / 1000 }));
    };
    readHistory(clientOf(place), place, reading.vault.mandate, reading.block.number, progress).then(
      (found) => current && setState({ found, part: 1, fault: null }),
      (error: unknown) => current && setState((old) => ({ ...old, fault: explain(error, reading.tokens) })),
    );
    return () => {
      current = false;
    };
  }, [place, nonce]);
  return state;
}
