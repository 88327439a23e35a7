/** What the vault is, what it is worth, and from which block that was read. */

import { amountText, EMPTY, moment, SHARE_DECIMALS, valueText } from "../numbers";
import type { Place } from "../place";
import { type Reading, valuePerShare } from "../reading";
import { Facts, Where } from "./parts";

export function Head({ reading, place }: { reading: Reading; place: Place }) {
  const { vault, block } = reading;
  return (
    <header>
      <h1>
        {reading.name} <small>{reading.symbol}</small>
      </h1>
      <p>
        <Where address={vault.vault} place={place} full />, chain {place.chainId}
        <br />
        <span id="block">
          read from block {block.number.toString()}, {moment(block.timestamp)}
        </span>
      </p>
      {place.byLink && (
        <p class="fault" id="by-link">
          The link that opened this page chose vault, lens and node; the host vouches for none of them. Compare the
          vault's address with one that you trust before you sign anything.
        </p>
      )}
      <Facts
        items={[
          ["Value", <span id="nav">{vault.nav === 0n ? EMPTY : valueText(vault.nav)}</span>],
          ["Value per share", <span id="per-share">{vault.nav === 0n ? EMPTY : valueText(valuePerShare(vault))}</span>],
          ["Shares", <span id="shares">{amountText(vault.totalSupply, SHARE_DECIMALS)}</span>],
          ["Rebalances", <span id="rebalances">{vault.nonce.toString()}</span>],
        ]}
      />
    </header>
  );
}
