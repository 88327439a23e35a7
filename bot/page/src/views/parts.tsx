/** Small pieces that several sections use. */

import type { ComponentChildren } from "preact";
import type { Address } from "viem";
import type { Place } from "../place";
import { shortAddress } from "../words";

export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  const id = title.toLowerCase().replace(/\W+/g, "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

export function Facts({ items }: { items: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Where({ address, place, full = false }: { address: Address; place: Place; full?: boolean }) {
  const text = <code title={address}>{full ? address : shortAddress(address)}</code>;
  if (!place.explorer) return text;
  const href = new URL(`address/${address}`, place.explorer.replace(/\/?$/, "/")).href;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}

interface SheetProps {
  label: string;
  /** Whether it holds words, which stand on the left. */
  words?: boolean;
  /** Whether a row's cells stand one below the other on a phone, each with its `data-head`. */
  stacked?: boolean;
  children: ComponentChildren;
}

/** A table that scrolls by itself on a narrow screen, and can be reached with the keyboard. */
export function Sheet({ label, words = false, stacked = false, children }: SheetProps) {
  const kind = words ? "sheet words" : stacked ? "sheet stacked" : "sheet";
  return (
    <div class={kind} role="region" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}
