/** Whether a rebalance is due, what bounds it, and what will change. */

import { basisPoints, duration, moment, percent } from "../numbers";
import type { Place } from "../place";
import { type Asset, type Reading, weightOf } from "../reading";
import { BLOCKERS, nameOf, REASONS } from "../words";
import { Facts, Section, Where } from "./parts";

export function State({ reading, place }: { reading: Reading; place: Place }) {
  const { vault } = reading;
  const { limits } = vault;
  return (
    <Section title="Rebalancing">
      <p id="due" class="verdict">{verdict(reading, place)}</p>
      {vault.onlyToBase && (
        <p class="fault">
          The drawdown breaker has tripped: only the base asset may be bought until the owner resets it.
        </p>
      )}
      <Facts
        items={[
          ["Total drift", <span id="drift">{vault.nav ? percent(vault.totalDrift) : "unknown"}</span>],
          [
            "Loss bucket",
            `${basisPoints(vault.lossLeft)} left of ${basisPoints(limits.lossCapacity)}, +${basisPoints(limits.lossRate)} a day`,
          ],
          [
            "Turnover bucket",
            `${percent(vault.turnoverLeft)} left of ${percent(limits.turnoverCapacity)}, +${percent(limits.turnoverRate)} a day`,
          ],
          ["Last rebalance by a keeper", moment(vault.keeperAt)],
          ["Last by the public", moment(vault.publicAt)],
          ["Targets", <span id="targets">{targets(reading)}</span>],
          ["Streaming fee", fee(reading, place)],
          ["Base-asset doors", doors(reading)],
          ["Trading", vault.pausedUntil > reading.block.timestamp ? `paused until ${moment(vault.pausedUntil)}` : "not paused"],
        ]}
      />
    </Section>
  );
}

function verdict(reading: Reading, place: Place): string {
  const { vault, block } = reading;
  const [reason, blocker] = [nameOf(REASONS, vault.reason), nameOf(BLOCKERS, vault.blocker)];
  const who = place.keeper ? "the keeper" : "anyone";
  if (vault.blocker === 0) return `A rebalance is due for ${who} and allowed now (${reason}).`;
  const beyond = reading.assets.filter((asset) => isBeyond(asset, vault.nav));
  const names = beyond.map((asset) => asset.symbol).join(", ");
  if (blocker === "not due") {
    return names && !place.keeper
      ? `Keepers may rebalance, since ${names} left the band; nothing is due for anyone else.`
      : `No rebalance is due: ${names || "every asset"} ${names ? "left the band" : "is inside its band"}.`;
  }
  const wait = vault.readyAt > block.timestamp ? `, for another ${duration(vault.readyAt - block.timestamp)}` : "";
  return `${vault.reason === 0 ? "No rebalance is possible" : `A rebalance is due (${reason}) but not allowed`}: ${blocker}${wait}.`;
}

function isBeyond(asset: Asset, nav: bigint): boolean {
  const gap = weightOf(asset, nav) - asset.held.target;
  return nav > 0n && (gap < 0n ? -gap : gap) >= asset.held.band;
}

function targets(reading: Reading): string {
  const { vault, block } = reading;
  const frozen = vault.weightsFrozen ? "; frozen by the guardian" : "";
  if (reading.assets.every(({ held }) => held.target === held.endTarget)) return `stand still; no change is scheduled${frozen}`;
  const ends = reading.assets.map((asset) => `${asset.symbol} ${percent(asset.held.endTarget)}`).join(", ");
  const start = vault.scheduleStart > block.timestamp ? vault.scheduleStart : block.timestamp;
  const verb = vault.scheduleStart <= block.timestamp ? "move" : "will move";
  return `${verb} from ${moment(start)} to ${moment(vault.scheduleEnd)}: ${ends}${frozen}`;
}

function fee(reading: Reading, place: Place) {
  if (reading.fee.rate === 0n) return "none";
  return (
    <>
      {percent(reading.fee.rate)} a year, to <Where address={reading.fee.recipient} place={place} />
    </>
  );
}

function doors(reading: Reading): string {
  const terms = reading.doors;
  if (!terms) return "shut; in kind one can always leave";
  return (
    `open at a spread of ${percent(terms.spread)}; left today: ${percent(terms.depositLeft)} of the value in, ` +
    `${percent(terms.withdrawLeft)} out`
  );
}
