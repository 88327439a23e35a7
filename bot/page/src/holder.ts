/** What a holder can do: the preview, the bounds, and the calls, in the order they are sent. */

import { type Abi, type Address, encodeFunctionData, erc20Abi, type Hex, type PublicClient } from "viem";
import { IVault } from "./generated/abi";
import { amountText, basisPoints, PRICE_SCALE, SHARE_DECIMALS, valueText, WAD } from "./numbers";
import type { Permit } from "./permit";
import { type Asset, type Reading, valuePerShare } from "./reading";
import type { Signature } from "./wallet";

export type Action = "mint" | "redeem" | "deposit" | "withdraw" | "zapIn" | "zapOut";

/** One asset's part of a mint or a redemption, in asset wei, with the bound that is sent. */
export interface Part {
  asset: Asset;
  amount: bigint;
  bound: bigint;
}

export interface Call {
  words: string;
  to: Address;
  data: Hex;
  /** An allowance that is signed first and sent along; `data` are then those without it. */
  permit?: { asked: Permit; words: string; complete: (signature: Signature) => Hex };
}

export interface Proposal {
  action: Action;
  /** Shares created or destroyed, in share wei, and the least of them where they are not given. */
  shares: bigint;
  leastShares: bigint | null;
  parts: readonly Part[];
  /** What it costs against the oracle's value, in words. */
  cost: string;
  /** Approvals first, the vault last. */
  calls: readonly Call[];
}

/** What an account has and has allowed, in the order of the vault's assets. */
export interface Purse {
  shares: bigint;
  balances: readonly bigint[];
  allowances: readonly bigint[];
  mostDeposit: bigint;
  mostRedeem: bigint;
}

const BPS = 10_000n;

/** Reads what `account` has, in one request. */
export async function readPurse(client: PublicClient, reading: Reading, account: Address): Promise<Purse> {
  const vault = reading.vault.vault;
  const ask = (address: Address, abi: Abi, functionName: string, args: unknown[]) => ({ address, abi, functionName, args });
  const tokens = reading.assets.map((asset) => asset.address);
  const found = await client.multicall({
    deployless: true,
    batchSize: 0,
    contracts: [
      ask(vault, IVault as Abi, "balanceOf", [account]),
      ask(vault, IVault as Abi, "maxDeposit", [account]),
      ask(vault, IVault as Abi, "maxRedeem", [account]),
      ...tokens.map((token) => ask(token, erc20Abi as Abi, "balanceOf", [account])),
      ...tokens.map((token) => ask(token, erc20Abi as Abi, "allowance", [account, vault])),
    ],
  });
  const numbers = found.map((item) => (item.status === "success" ? (item.result as bigint) : 0n));
  const [shares = 0n, mostDeposit = 0n, mostRedeem = 0n, ...rest] = numbers;
  return {
    shares,
    mostDeposit,
    mostRedeem,
    balances: rest.slice(0, tokens.length),
    allowances: rest.slice(tokens.length),
  };
}

/** Whether an amount is of shares, to be given back or made. */
export const isOfShares = (action: Action): boolean => action !== "deposit" && action !== "zapIn";

/** What is wrong with an amount before any node is asked; null if nothing. `token` is paid with. */
export function objection(
  action: Action,
  amount: bigint,
  reading: Reading,
  purse: Purse,
  token: number,
): string | null {
  const base = reading.assets[0] as Asset;
  if (action !== "mint" && isOfShares(action) && amount > purse.shares) {
    return `you have ${amountText(purse.shares, SHARE_DECIMALS)} shares`;
  }
  const [paid, balance] = [reading.assets[token] as Asset, purse.balances[token] ?? 0n];
  if (!isOfShares(action) && amount > balance) {
    return `you have ${amountText(balance, paid.decimals)} ${paid.symbol}`;
  }
  if (action === "deposit" && amount > purse.mostDeposit) {
    return purse.mostDeposit === 0n
      ? "the door for deposits is shut now; minting in kind is open"
      : `today's limit has ${amountText(purse.mostDeposit, base.decimals)} ${base.symbol} left; minting in kind has none`;
  }
  if (action === "withdraw" && amount > purse.mostRedeem) {
    return purse.mostRedeem === 0n
      ? "the door for withdrawals is shut now; redeeming in kind is always open"
      : `today's limit has ${amountText(purse.mostRedeem, SHARE_DECIMALS)} shares left; redeeming in kind has none`;
  }
  return null;
}

/** Previews an action and bounds it: nothing worse than `tolerance` (basis points) can happen. */
export async function propose(
  client: PublicClient,
  reading: Reading,
  purse: Purse,
  order: { action: Action; amount: bigint; tolerance: bigint; account: Address },
): Promise<Proposal> {
  const kind = order.action === "mint" || order.action === "redeem";
  return kind ? inKind(client, reading, purse, order) : inBase(client, reading, purse, order);
}

export type Order = { action: Action; amount: bigint; tolerance: bigint; account: Address };

async function inKind(client: PublicClient, reading: Reading, purse: Purse, order: Order): Promise<Proposal> {
  const isMint = order.action === "mint";
  const amounts = await client.readContract({
    address: reading.vault.vault,
    abi: IVault,
    functionName: isMint ? "previewMintInKind" : "previewRedeemInKind",
    args: [order.amount],
  });
  const parts = reading.assets.map((asset, i) => {
    const amount = amounts[i] ?? 0n;
    return { asset, amount, bound: isMint ? above(amount, order.tolerance) : below(amount, order.tolerance) };
  });
  const bounds = parts.map((part) => part.bound);
  const data = isMint
    ? encodeFunctionData({ abi: IVault, functionName: "mintInKind", args: [order.amount, bounds, order.account] })
    : encodeFunctionData({
        abi: IVault,
        functionName: "redeemInKind",
        args: [order.amount, bounds, order.account, order.account, 0n],
      });
  const words = isMint ? "mint the shares" : "redeem the shares";
  const approvals = isMint ? parts.flatMap((part, i) => approve(part, purse.allowances[i] ?? 0n, reading)) : [];
  return {
    action: order.action,
    shares: order.amount,
    leastShares: null,
    parts,
    cost: "nothing but gas: in kind, every holder's part stays what it is",
    calls: [...approvals, { words, to: reading.vault.vault, data }],
  };
}

async function inBase(client: PublicClient, reading: Reading, purse: Purse, order: Order): Promise<Proposal> {
  const isDeposit = order.action === "deposit";
  const asset = reading.assets[0] as Asset;
  const other = await client.readContract({
    address: reading.vault.vault,
    abi: IVault,
    functionName: isDeposit ? "previewDeposit" : "previewRedeem",
    args: [order.amount],
  });
  const [assets, shares] = isDeposit ? [order.amount, other] : [other, order.amount];
  const least = below(other, order.tolerance);
  const data = isDeposit
    ? encodeFunctionData({ abi: IVault, functionName: "deposit", args: [assets, order.account, least] })
    : encodeFunctionData({
        abi: IVault,
        functionName: "redeem",
        args: [shares, order.account, order.account, least],
      });
  const part = { asset, amount: assets, bound: isDeposit ? assets : least };
  const approvals = isDeposit ? approve(part, purse.allowances[0] ?? 0n, reading) : [];
  const words = isDeposit ? "deposit" : "withdraw";
  return {
    action: order.action,
    shares,
    leastShares: isDeposit ? least : null,
    parts: [part],
    cost: doorCost(reading, part, shares, isDeposit),
    calls: [...approvals, { words, to: reading.vault.vault, data }],
  };
}

function approve(part: Part, allowed: bigint, reading: Reading): Call[] {
  const { address, symbol, decimals } = part.asset;
  const vault = { address: reading.vault.vault, name: "the vault" };
  return allow({ token: address, symbol, decimals }, part.bound, allowed, vault);
}

/** An approval of exactly `amount`, where what is allowed already does not reach. */
export function allow(
  unit: { token: Address; symbol: string; decimals: number },
  amount: bigint,
  allowed: bigint,
  spender: { address: Address; name: string },
): Call[] {
  if (allowed >= amount) return [];
  const call = (wanted: bigint, words: string): Call => ({
    words,
    to: unit.token,
    data: encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [spender.address, wanted] }),
  });
  const last = call(amount, `allow ${spender.name} ${amountText(amount, unit.decimals)} ${unit.symbol}`);
  // Some tokens change an allowance only by way of zero.
  return allowed === 0n ? [last] : [call(0n, `end the earlier allowance of ${unit.symbol}`), last];
}

function doorCost(reading: Reading, { asset, amount }: Part, shares: bigint, isDeposit: boolean): string {
  const paid = (amount * asset.token.price) / PRICE_SCALE;
  const worth = (shares * valuePerShare(reading.vault)) / WAD;
  const [given, got] = isDeposit ? [paid, worth] : [worth, paid];
  return costInWords(given, got, "kept by the holders");
}

/** What is lost between two values at oracle prices, and who has it then. */
export function costInWords(given: bigint, got: bigint, whose: string): string {
  if (given === 0n || got > given) return "nothing against the oracle's value";
  return `${valueText(given - got)} (${basisPoints(((given - got) * WAD) / given)}) against the oracle's value, ${whose}`;
}

const above = (amount: bigint, tolerance: bigint): bigint => (amount * (BPS + tolerance) + BPS - 1n) / BPS;
export const below = (amount: bigint, tolerance: bigint): bigint => (amount * (BPS - tolerance)) / BPS;
