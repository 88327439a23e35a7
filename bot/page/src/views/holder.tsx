/** Joining and leaving with a wallet: preview, bounds, plain words, then one signature at a time. */

import { useEffect, useState } from "preact/hooks";
import { type Action, type Call, isOfShares, objection, propose, type Proposal, type Purse, readPurse } from "../holder";
import { amountText, parseAmount, SHARE_DECIMALS } from "../numbers";
import type { Place } from "../place";
import { clientOf, type Reading } from "../reading";
import { explain } from "../reverts";
import { connect, hasWallet, send, sign, SignsNoPermit, type Wallet } from "../wallet";
import { shortAddress } from "../words";
import { meansOf, proposeZap } from "../zap";
import { Section, Sheet } from "./parts";

interface Props {
  reading: Reading;
  place: Place;
  refresh: () => Promise<void>;
}

const ACTIONS: readonly { action: Action; label: string; words: string }[] = [
  { action: "mint", label: "Mint in kind", words: "Bring every asset in proportion, get shares. No fee, no oracle, no limit." },
  { action: "redeem", label: "Redeem in kind", words: "Give shares, get every asset in proportion. Always open." },
  { action: "deposit", label: "Deposit", words: "Bring the base asset, get shares at the oracle's value less the spread." },
  { action: "withdraw", label: "Withdraw", words: "Give shares, get the base asset at the oracle's value less the spread." },
  { action: "zapIn", label: "Zap in", words: "Bring one asset; it is swapped over the vault's own routes for all of them, and these become shares. Swaps are at your cost." },
  { action: "zapOut", label: "Zap out", words: "Give shares, get one asset: what they stand for is swapped into it. Swaps are at your cost." },
];
const TOLERANCE = 50n;

export function Holder({ reading, place, refresh }: Props) {
  const [wallet, setWallet] = useState<Wallet | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const open = () =>
    connect(place.chainId).then(
      (found) => {
        setWallet(found);
        setFault(null);
      },
      (error: unknown) => setFault(explain(error, reading.tokens)),
    );
  return (
    <Section title="Join and leave">
      {!wallet && (
        <p>
          <button type="button" onClick={() => void open()} disabled={!hasWallet()}>Connect a wallet</button>{" "}
          {!hasWallet() && "No wallet offers itself to this page; the commands under “Check it yourself” need none."}
        </p>
      )}
      {fault && <p class="fault" role="alert">{fault}</p>}
      {wallet && <Desk wallet={wallet} reading={reading} place={place} refresh={refresh} />}
    </Section>
  );
}

function Desk({ wallet, reading, place, refresh }: Props & { wallet: Wallet }) {
  const [action, setAction] = useState<Action>("mint");
  const [text, setText] = useState("");
  const [purse, setPurse] = useState<Purse | null>(null);
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [progress, setProgress] = useState<string | null>(null);
  const chosen = ACTIONS.find((item) => item.action === action) as (typeof ACTIONS)[number];
  const [picked, setPicked] = useState(0);
  const [signs, setSigns] = useState(true);
  const isZap = action === "zapIn" || action === "zapOut";
  const token = isZap ? picked : 0;
  const paid = isOfShares(action) ? undefined : reading.assets[token];
  const decimals = paid ? paid.decimals : SHARE_DECIMALS;
  const unit = paid ? paid.symbol : "shares";
  const actions = ACTIONS.filter((item) => !item.action.startsWith("zap") || meansOf(place));
  const client = clientOf(place);

  useEffect(() => {
    readPurse(client, reading, wallet.account).then(setPurse, (error: unknown) => setFault(explain(error, reading.tokens)));
  }, [reading.block.number, wallet.account]);

  const preview = async () => {
    setProposal(null);
    setProgress(null);
    const amount = parseAmount(text, decimals);
    if (typeof amount === "string") return setFault(amount);
    try {
      const has = purse ?? (await readPurse(client, reading, wallet.account));
      const problem = objection(action, amount, reading, has, token);
      if (problem) return setFault(problem);
      const order = { action, amount, tolerance: TOLERANCE, account: wallet.account };
      setProposal(
        isZap
          ? await proposeZap(client, place, reading, { ...order, token, signs })
          : await propose(client, reading, has, order),
      );
      setFault(null);
    } catch (error) {
      setFault(explain(error, reading.tokens));
    }
  };

  const carryOut = async (calls: readonly Call[]) => {
    setFault(null);
    try {
      for (const [i, call] of calls.entries()) {
        const data = await completed(call);
        setProgress(`${i + 1} of ${calls.length}: ${call.words}; your wallet asks you`);
        await client.call({ account: wallet.account, to: call.to, data });
        const hash = await send(wallet, call.to, data);
        setProgress(`${i + 1} of ${calls.length}: ${call.words}; sent as ${hash}`);
        const receipt = await client.waitForTransactionReceipt({ hash });
        if (receipt.status !== "success") throw new Error(`transaction ${hash} was mined and reverted`);
      }
      setProgress("done");
      setProposal(null);
      await refresh();
    } catch (error) {
      setProgress(null);
      if (error instanceof SignsNoPermit) {
        setSigns(false);
        setProposal(null);
      }
      setFault(explain(error, reading.tokens));
    }
  };

  /** The data of a call, with the allowance that the wallet signs for it. */
  const completed = async (call: Call) => {
    if (!call.permit) return call.data;
    setProgress(`${call.permit.words}; your wallet asks you`);
    return call.permit.complete(await sign(wallet, call.permit.asked));
  };

  return (
    <>
      <p>
        {shortAddress(wallet.account)} has{" "}
        <strong id="my-shares">{purse ? amountText(purse.shares, SHARE_DECIMALS) : "…"}</strong> shares.
      </p>
      <div class="tabs" role="group" aria-label="What to do">
        {actions.map((item) => (
          <button
            type="button"
            key={item.action}
            aria-pressed={item.action === action}
            onClick={() => {
              setAction(item.action);
              setProposal(null);
              setFault(null);
              setProgress(null);
            }}
          >
            {item.label}
          </button>
        ))}
      </div>
      <p>{chosen.words}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void preview();
        }}
      >
        {isZap && (
          <label>
            {action === "zapIn" ? "Pay with" : "Receive"}{" "}
            <select
              value={picked}
              onChange={(event) => {
                setPicked(Number(event.currentTarget.value));
                setProposal(null);
              }}
            >
              {reading.assets.map((asset, i) => (
                <option key={asset.address} value={i}>{asset.symbol}</option>
              ))}
            </select>
          </label>
        )}{" "}
        <label>
          Amount of {unit}{" "}
          <input inputMode="decimal" autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>{" "}
        <button type="submit">Preview</button>
      </form>
      {fault && <p class="fault" role="alert">{fault}</p>}
      {proposal && <Preview proposal={proposal} carryOut={carryOut} />}
      {progress && <p role="status">{progress}</p>}
    </>
  );
}

function Preview({ proposal, carryOut }: { proposal: Proposal; carryOut: (calls: readonly Call[]) => Promise<void> }) {
  const brings = ["mint", "deposit", "zapIn"].includes(proposal.action);
  const asks = proposal.calls.reduce((sum, call) => sum + (call.permit ? 2 : 1), 0);
  const least = proposal.leastShares === null ? "" : `, at least ${amountText(proposal.leastShares, SHARE_DECIMALS)}`;
  return (
    <div id="preview">
      <Sheet label="Preview">
        <thead>
          <tr>
            <th scope="col">{brings ? "You bring" : "You get"}</th>
            <th scope="col">Amount</th>
            <th scope="col">{brings ? "At most" : "At least"}</th>
          </tr>
        </thead>
        <tbody>
          {proposal.parts.map(({ asset, amount, bound }) => (
            <tr key={asset.address}>
              <th scope="row">{asset.symbol}</th>
              <td>{amountText(amount, asset.decimals)}</td>
              <td>{amountText(bound, asset.decimals)}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
      <p>
        {brings ? "For" : "You give"} {amountText(proposal.shares, SHARE_DECIMALS)} shares{least}. It costs {proposal.cost}.
      </p>
      <ol>
        {proposal.calls.flatMap((call) => (call.permit ? [call.permit.words, call.words] : [call.words])).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ol>
      <button type="button" onClick={() => void carryOut(proposal.calls)}>
        {asks === 1 ? "Ask my wallet" : `Ask my wallet, ${asks} times`}
      </button>
    </div>
  );
}
