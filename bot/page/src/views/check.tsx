/** How to see the same without this page. */

import type { Place } from "../place";
import type { Reading } from "../reading";
import { Facts, Section, Where } from "./parts";

export function Check({ reading, place }: { reading: Reading; place: Place }) {
  const { vault, mandate, oracle } = reading.vault;
  const at = `--block ${reading.block.number}`;
  return (
    <Section title="Check it yourself">
      <p>
        All of this was read from the chain, by way of the node at <code>{new URL(place.rpc).host}</code>. The same
        from a terminal, with Foundry's <code>cast</code>, or with a configuration that names the addresses below:
      </p>
      <pre>
        {`RPC=${quoted(place.rpc)}\n`}
        {`cast call ${vault} "holdings()(uint256[])" ${at} --rpc-url "$RPC"\n`}
        {`cast call ${mandate} "targets()(uint256[])" ${at} --rpc-url "$RPC"\n`}
        {`cast call ${vault} "totalSupply()(uint256)" ${at} --rpc-url "$RPC"\n`}
        {`trimtab inspect --at ${reading.block.number}`}
      </pre>
      <Facts
        items={[
          ["Vault", <Where address={vault} place={place} full />],
          ["Mandate", <Where address={mandate} place={place} full />],
          ["Oracle", <Where address={oracle} place={place} full />],
          ["Lens", <Where address={place.lens} place={place} full />],
        ]}
      />
    </Section>
  );
}

/** An address that a shell takes as it stands: a link may have chosen it, and readers paste it. */
function quoted(url: string): string {
  return `'${url.replaceAll("'", "%27")}'`;
}
