/** How the keeper is: what it decided and why, what is on its way, its nodes, what it spent. */

import { amountText, duration, EMPTY, moment } from "../numbers";
import { type Status, useStatus, type Watched } from "../use_status";
import { printable, shortAddress } from "../words";
import { Facts, Section, Sheet } from "./parts";

const MOST_WORDS = 300;
const NATIVE_DECIMALS = 18;

export function Operator() {
  const { status, fault } = useStatus();
  return (
    <main>
      <h1>The keeper</h1>
      {fault && <p class="fault" role="alert">{status ? `Not up to date: ${fault}` : fault}</p>}
      {!status && !fault && <p role="status">Asking the server …</p>}
      {status && <Found status={status} />}
    </main>
  );
}

function Found({ status }: { status: Status }) {
  return (
    <>
      <p id="as-of">
        Chain {status.chain_id}, as of {at(status.at)}
      </p>
      <Gas status={status} />
      {status.vaults.length === 0 && <p>No decision yet: no keeper has run with this database.</p>}
      {status.vaults.map((one) => (
        <Vault key={one.vault} one={one} now={status.at} />
      ))}
      <OnTheWay status={status} />
      <Nodes status={status} />
      <Decisions status={status} />
    </>
  );
}

function Gas({ status }: { status: Status }) {
  const realised = status.vaults.map(({ model }) => model.realised);
  const sum = (part: "fee" | "impact" | "gas") => realised.reduce((total, cost) => total + cost[part], 0);
  const traded = status.vaults.reduce((total, { model }) => total + model.traded, 0);
  const spent = sum("fee") + sum("impact") + sum("gas");
  const balance = status.gas?.balance_wei;
  const [count, weighed, benefit] = (["rebalances", "weighed", "benefit"] as const).map((key) =>
    status.vaults.reduce((total, { model }) => total + model[key], 0),
  ) as [number, number, number];
  return (
    <>
      <Facts
        items={[
          ["Gas left", balance ? `${amountText(BigInt(balance), NATIVE_DECIMALS)} native coins` : EMPTY],
          ["Gas spent, ever", <span id="gas-spent">{amountText(BigInt(status.gas_spent_wei), NATIVE_DECIMALS)} native coins</span>],
          ["Traded toward target", money(traded)],
          ["Cost of that", `${money(spent)}: swaps ${money(sum("fee") + sum("impact"))}, gas ${money(sum("gas"))}`],
          ["Worth, by the policy's model", <span id="worth">{weighed ? money(benefit) : "not weighed"}</span>],
        ]}
      />
      <p class="note">{worthText(count, weighed)}</p>
    </>
  );
}

/** What the figures above count, and what they do not. */
function worthText(count: number, weighed: number): string {
  const all = `Value, cost and worth are those of ${counted(count, "settled rebalance")}, in the unit of account. `;
  if (weighed === 0) {
    return `${all}What they are worth is weighed only where [keeper.volatility] says how far prices move.`;
  }
  return (
    `${all}Worth is what the policy's own model put on ${weighed} of them before they were sent: the tracking error ` +
    "removed over its horizon, by its risk aversion. It is an expectation, not money gained."
  );
}

function Vault({ one, now }: { one: Watched; now: number }) {
  const wait = one.next_check === null ? null : one.next_check - now;
  return (
    <Section title={`Vault ${shortAddress(one.vault)}`}>
      {one.last && <p class="verdict">{`${one.last.action}: ${printable(one.last.reason, MOST_WORDS)}`}</p>}
      <Facts
        items={[
          ["Decided", one.last ? `at block ${one.last.block}, ${ago(now - one.last.at)}` : EMPTY],
          ["Next check", wait === null ? EMPTY : wait > 0 ? `in ${span(wait)}` : "due"],
          ["Rebalances compared", String(one.model.rebalances)],
          ["Predicted cost", money(one.model.predicted.fee + one.model.predicted.impact + one.model.predicted.gas)],
        ]}
      />
      {one.model.faults.map((fault) => (
        <p class="fault" key={fault}>{`The cost model is off: ${fault}`}</p>
      ))}
    </Section>
  );
}

function OnTheWay({ status }: { status: Status }) {
  const waiting = status.in_flight.filter((one) => one.state !== "mined");
  const mined = status.in_flight.length - waiting.length;
  return (
    <Section title="On the way">
      {waiting.length === 0 ? (
        <p>No transaction is on its way.</p>
      ) : (
        <Sheet label="Transactions on their way">
          <Heads names={["What", "Nonce", "State", "Attempt", "Since", "Hash"]} />
          <tbody>
            {waiting.map((one) => (
              <tr key={one.transaction_hash}>
                <th scope="row">{one.kind}</th>
                <td>{one.nonce}</td>
                <td>{one.state}</td>
                <td>{one.attempts}</td>
                <td>{ago(status.at - one.since)}</td>
                <td><code title={one.transaction_hash}>{shortAddress(one.transaction_hash)}</code></td>
              </tr>
            ))}
          </tbody>
        </Sheet>
      )}
      {mined > 0 && <p>{`${counted(mined, "transaction")} mined, but not final yet.`}</p>}
    </Section>
  );
}

function Nodes({ status }: { status: Status }) {
  return (
    <Section title="Nodes">
      <Sheet label="Nodes asked" stacked>
        <Heads names={["Node", "Newest block", "Its age", "Fault"]} />
        <tbody>
          {status.endpoints.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td data-head="Newest block">{one.head ?? EMPTY}</td>
              <td data-head="Its age">{one.age === null ? EMPTY : span(one.age)}</td>
              <td data-head="Fault">{one.fault ? printable(one.fault, MOST_WORDS) : "none"}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
    </Section>
  );
}

function Decisions({ status }: { status: Status }) {
  return (
    <Section title="Decisions">
      <Sheet label="Latest decisions" words>
        <Heads names={["When", "Vault", "Block", "Action", "Why"]} />
        <tbody>
          {status.decisions.map((one) => (
            <tr key={`${one.vault} ${one.at}`}>
              <th scope="row">{at(one.at)}</th>
              <td><code title={one.vault}>{shortAddress(one.vault)}</code></td>
              <td>{one.block}</td>
              <td>{one.action}</td>
              <td>{printable(one.reason, MOST_WORDS)}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
    </Section>
  );
}

function Heads({ names }: { names: readonly string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th scope="col" key={name}>{name}</th>
        ))}
      </tr>
    </thead>
  );
}

const counted = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? "" : "s"}`;
const at = (seconds: number): string => moment(BigInt(Math.floor(seconds)));
const span = (seconds: number): string => duration(BigInt(Math.max(0, Math.floor(seconds))));
const ago = (seconds: number): string => `${span(seconds)} ago`;
const money = (value: number): string =>
  value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
