/** The keeper's status as the server tells it, asked again and again. */

import { useEffect, useState } from "preact/hooks";
import { printable } from "./words";

const REFRESH_MS = 5_000;
const TIMEOUT_MS = 10_000;
const NO_KEEPER =
  "this server shows no keeper. A demo has none that goes on; trimtab serve shows the one whose journal it is " +
  "given, to this machine alone: for others, start it with --operator";

export interface Decided {
  at: number;
  vault: string;
  block: number;
  action: string;
  reason: string;
  transaction: string | null;
}

interface Cost {
  fee: number;
  impact: number;
  gas: number;
}

export interface Watched {
  vault: string;
  last: Omit<Decided, "vault" | "transaction"> | null;
  next_check: number | null;
  model: { rebalances: number; realised: Cost; predicted: Cost; traded: number; weighed: number; benefit: number; faults: string[] };
}

export interface InFlight {
  kind: string;
  vault: string | null;
  nonce: number;
  state: string;
  transaction_hash: string;
  attempts: number;
  since: number;
}

export interface Status {
  chain_id: number;
  at: number;
  endpoints: { name: string; head: number | null; age: number | null; fault: string }[];
  gas: { address: string; balance_wei: string | null } | null;
  gas_spent_wei: string;
  in_flight: InFlight[];
  vaults: Watched[];
  decisions: Decided[];
}

export function useStatus() {
  const [status, setStatus] = useState<Status | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const refresh = () =>
      ask().then(
        (found) => {
          setStatus(found);
          setFault(null);
        },
        (error: unknown) => setFault(printable(error instanceof Error ? error.message : String(error), 300)),
      );
    void refresh();
    const timer = window.setInterval(() => void refresh(), REFRESH_MS);
    return () => window.clearInterval(timer);
  }, []);
  return { status, fault };
}

async function ask(): Promise<Status> {
  const answer = await fetch("./api/v1/operator", { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {
    throw new Error("the server does not answer");
  });
  if (answer.status === 404) throw new Error(NO_KEEPER);
  const body = (await answer.json()) as Status & { error?: string };
  if (!answer.ok) throw new Error(body.error ?? `the server answers with status ${answer.status}`);
  return body;
}
