/** Reads the history after the first view, from an index where one is offered, and on from there. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { readIndex, readOlder } from "./event_index";
import { type History, noHistory, type Progress, readOn } from "./history";
import type { Place } from "./place";
import { clientOf, type Reading } from "./reading";
import { explain } from "./reverts";

export interface HistoryState {
  found: History | null;
  /** Part read so far, from 0 to 1. */
  part: number;
  fault: string | null;
  /** Why an index that is offered was not used; null if it was, or there is none. */
  passedOver: string | null;
  /** Asks the index for rebalances before those that are there. */
  more: () => void;
}

type Known = Omit<HistoryState, "more">;
const NOTHING: Known = { found: null, part: 0, fault: null, passedOver: null };

/** The history up to the last rebalance that the reading knows of. */
export function useHistory(place: Place | null, reading: Reading | null): HistoryState {
  const [state, setState] = useState<Known>(NOTHING);
  const nonce = reading?.vault.nonce ?? null;
  useEffect(() => {
    if (!place || !reading) return;
    let current = true;
    const progress = (done: bigint, of: bigint) => {
      if (current) setState((old) => ({ ...old, part: Number((done * 1000n) / of) / 1000 }));
    };
    readPast(place, reading, progress).then(
      (read) => current && setState({ ...NOTHING, ...read, part: 1 }),
      (error: unknown) => current && setState((old) => ({ ...old, fault: explain(error, reading.tokens) })),
    );
    return () => {
      current = false;
    };
  }, [place, nonce]);

  const found = state.found;
  const more = useCallback(() => {
    const oldest = found?.rebalances[0];
    if (!place?.history || !oldest || !reading) return;
    readOlder(place.history, oldest.nonce).then(
      (older) => setState((old) => (old.found === found ? { ...old, found: prepended(found, older) } : old)),
      (error: unknown) => setState((old) => ({ ...old, fault: explain(error, reading.tokens) })),
    );
  }, [place, found]);
  return { ...state, more };
}

function prepended(found: History, older: History["rebalances"]): History {
  return { ...found, rebalances: [...older, ...found.rebalances] };
}

/** An index saves the way through all blocks, but the vault itself says how many rebalances it had. */
async function readPast(place: Place, reading: Reading, progress: Progress) {
  const client = clientOf(place);
  const { mandate, nonce } = reading.vault;
  const on = (known: History) => readOn(client, place, mandate, known, reading.block.number, progress);
  let passedOver: string | null = null;
  if (place.history) {
    try {
      const answer = await readIndex(place.history);
      if (answer && answer.first <= place.fromBlock) {
        const found = await on(answer.history);
        if (BigInt(found.count) >= nonce) return { found, passedOver };
        passedOver = `it tells of ${found.count} rebalances, the vault of ${nonce}`;
      } else {
        passedOver = answer ? `it begins only at block ${answer.first}` : "it has read nothing yet";
      }
    } catch (error) {
      passedOver = explain(error, reading.tokens);
    }
  }
  return { found: await on(noHistory(place.fromBlock)), passedOver };
}
