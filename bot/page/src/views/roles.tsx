/** Who holds which role, and what the worst of them can do. */

import type { Address } from "viem";
import { basisPoints, percent } from "../numbers";
import type { Place } from "../place";
import type { Reading } from "../reading";
import { Section, Sheet, Where } from "./parts";

interface Props {
  reading: Reading;
  place: Place;
  keepers: readonly Address[] | null;
}

export function Roles({ reading, place, keepers }: Props) {
  const { limits } = reading.vault;
  const month = limits.lossCapacity + limits.lossRate * 30n;
  const traded = limits.turnoverCapacity + limits.turnoverRate * 30n;
  const named = (address: Address) => <Where address={address} place={place} />;
  const rows: [string, preact.ComponentChildren, string][] = [
    [
      "Owner",
      named(reading.roles.owner),
      "Changes limits within fixed caps, bands, routes, roles, feeds and the fee. Cannot move tokens or stop an exit in kind. Meant to be a timelock.",
    ],
    [
      "Manager",
      named(reading.roles.manager),
      `Schedules targets with notice, at most ${percent(limits.weightSpeed)} a day. Cannot trade.`,
    ],
    [
      "Keepers",
      keepers ? keepers.map((keeper) => <span key={keeper}>{named(keeper)} </span>) : "reading the history …",
      `Rebalance toward the targets only. At worst ${basisPoints(limits.lossCapacity)} at once and ${basisPoints(month)} in 30 days at oracle prices, and what feeds lag by on ${percent(traded)} of the value.`,
    ],
    [
      "Guardian",
      named(reading.roles.guardian),
      "Pauses trading for 7 days in 14, removes keepers and routes, freezes weights. Cannot stop an exit in kind.",
    ],
    ["Anyone", "", "Rebalances beyond a hard band, ten minutes after saying so, on tighter terms. Leaves in kind at any time."],
  ];
  return (
    <Section title="Who can do what">
      <Sheet label="Roles" words>
        <thead>
          <tr>
            {["Role", "Who", "What the worst of them can do"].map((name) => (
              <th scope="col" key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([role, who, words]) => (
            <tr key={role}>
              <th scope="row">{role}</th>
              <td>{who}</td>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </Sheet>
    </Section>
  );
}
