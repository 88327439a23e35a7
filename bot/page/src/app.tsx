/** The page: finds the vault, reads it, reads it again, and says what went wrong if it cannot. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { BadPlace, findPlace, type Place } from "./place";
import { clientOf, readVault, type Reading, WrongChain } from "./reading";
import { explain } from "./reverts";
import { Allocation } from "./views/allocation";
import { Check } from "./views/check";
import { Head } from "./views/head";
import { HistoryView } from "./views/history";
import { Holder } from "./views/holder";
import { Roles } from "./views/roles";
import { State } from "./views/state";
import { useHistory } from "./use_history";

const REFRESH_MS = 15_000;
const NO_TOKENS = new Map();

export function App() {
  const { place, reading, fault, refresh } = useReading();
  const history = useHistory(place, reading);
  if (!place || !reading) {
    return (
      <main>
        <h1>Trimtab</h1>
        {fault ? <p class="fault" role="alert">{fault}</p> : <p role="status">Reading the vault from the chain …</p>}
      </main>
    );
  }
  return (
    <main>
      <Head reading={reading} place={place} />
      {fault && <p class="fault" role="alert">{`Not up to date: ${fault}`}</p>}
      <Allocation reading={reading} />
      <State reading={reading} place={place} />
      <Holder reading={reading} place={place} refresh={refresh} />
      <HistoryView history={history} reading={reading} place={place} />
      <Roles reading={reading} place={place} keepers={history.found?.keepers ?? null} />
      <Check reading={reading} place={place} />
    </main>
  );
}

function useReading() {
  const [place, setPlace] = useState<Place | null>(null);
  const [reading, setReading] = useState<Reading | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const known = useRef<Place | null>(null);

  const refresh = useCallback(async () => {
    try {
      const where = known.current ?? (await findPlace(window.location.search));
      known.current = where;
      setReading(await readVault(clientOf(where), where));
      setPlace(where);
      setFault(null);
    } catch (error) {
      setFault(inWords(error));
    }
  }, []);

  useEffect(() => {
    void refresh();
    const timer = window.setInterval(() => void refresh(), REFRESH_MS);
    return () => window.clearInterval(timer);
  }, [refresh]);
  return { place, reading, fault, refresh };
}

function inWords(error: unknown): string {
  if (error instanceof BadPlace || error instanceof WrongChain) return error.message;
  return `the node could not be asked: ${explain(error, NO_TOKENS)}`;
}
