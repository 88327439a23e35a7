/** One token in, shares out, and back: swaps over the vault's own routes, then the door in kind. */

import {
  type Address,
  concatHex,
  encodeFunctionData,
  type Hex,
  maxUint256,
  parseAbi,
  type PublicClient,
  size,
} from "viem";
import { IVault, IVaultLens, IZapper } from "./generated/abi";
import { allow, below, type Call, costInWords, type Order, type Proposal } from "./holder";
import { amountText, PRICE_SCALE, SHARE_DECIMALS, WAD } from "./numbers";
import { permitOf } from "./permit";
import type { Place } from "./place";
import { type Asset, type Reading, valuePerShare } from "./reading";
import type { Signature } from "./wallet";

const QUOTER = parseAbi([
  "function quoteExactInput(bytes path, uint256 amountIn) returns (uint256 amountOut, uint160[] prices, uint32[] crossed, uint256 gas)",
]);
const ALLOWANCE = parseAbi(["function allowance(address owner, address spender) view returns (uint256)"]);

/** How often the split of a payment is corrected by what its parts really buy. */
const ROUNDS = 3;
const VALID_SECONDS = 3_600n;
/** Bytes of a pool's fee in a Uniswap V3 path, and of a fee with the token after it. */
const FEE_BYTES = 3;
const HOP_BYTES = 23;

/** What a zap needs beside the vault. */
export interface Means {
  zapper: Address;
  quoter: Address;
}

/** A zap's token by its position, and whether the wallet may be asked to sign an allowance. */
export type ZapOrder = Order & { token: number; signs: boolean };

/** One registered route, or two in a row; positions are those of the vault's assets. */
interface Way {
  venue: Address;
  sold: number;
  bought: number;
  data: Hex;
}

interface Quote {
  way: Way;
  amountIn: bigint;
  amountOut: bigint;
}

interface Sale {
  sold: number;
  bought: number;
  amount: bigint;
}

/** The contracts for a zap, if this place has them. */
export function meansOf(place: Place): Means | null {
  return place.zapper && place.quoter ? { zapper: place.zapper, quoter: place.quoter } : null;
}

/** Previews a zap: into shares for an amount of `token`, or out of shares into it. */
export async function proposeZap(
  client: PublicClient,
  place: Place,
  reading: Reading,
  order: ZapOrder,
): Promise<Proposal> {
  const means = meansOf(place);
  if (!means) throw new Error("no zapper is known here; in kind one can always join and leave");
  const routes = await routesOf(client, place, reading);
  const market = new Market(client, place.chainId, means, reading, routes);
  const zap = order.action === "zapIn" ? zapIn : zapOut;
  return zap(market, order);
}

async function zapIn(market: Market, order: ZapOrder): Promise<Proposal> {
  const { reading, means } = market;
  const { token, amount, account, tolerance } = order;
  const asset = reading.assets[token] as Asset;
  const quotes = await split(market, token, amount);
  const spent = quotes.reduce((sum, quote) => sum + quote.amountIn, 0n);
  const bought = new Map(quotes.map((quote) => [quote.way.bought, quote.amountOut]));
  bought.set(token, amount - spent);
  const shares = affordable(reading, bought);
  const least = below(shares, tolerance);
  const swaps = quotes.map((quote) => swapOf(reading, quote, quote.amountIn, tolerance));
  const deadline = reading.block.timestamp + VALID_SECONDS;
  const zap = { vault: reading.vault.vault, tokenIn: asset.address, amountIn: amount, minShares: least };
  const whole = { ...zap, receiver: account, deadline, swaps };
  const unit = { token: asset.address, symbol: asset.symbol, decimals: asset.decimals };
  const last = {
    words: `zap ${asset.symbol} into shares`,
    to: means.zapper,
    data: encodeFunctionData({ abi: IZapper, functionName: "zapIn", args: [whole] }),
    complete: (signature: Signature) =>
      encodeFunctionData({ abi: IZapper, functionName: "zapInWithPermit", args: [whole, signature] }),
  };
  return {
    action: "zapIn",
    shares,
    leastShares: least,
    parts: [{ asset, amount, bound: amount }],
    cost: costInWords(value(asset, amount), shareValue(reading, shares), "paid to the pools, by you alone"),
    calls: await allowed(market, order, { unit, amount, deadline }, last),
  };
}

async function zapOut(market: Market, order: ZapOrder): Promise<Proposal> {
  const { reading, means, client } = market;
  const { token, amount: shares, account, tolerance } = order;
  const asset = reading.assets[token] as Asset;
  const vault = reading.vault.vault;
  const amounts = await client.readContract({
    address: vault,
    abi: IVault,
    functionName: "previewRedeemInKind",
    args: [shares],
  });
  const sales = amounts.flatMap((amount, sold) => (amount > 0n && sold !== token ? [{ sold, bought: token, amount }] : []));
  const quotes = await market.best(sales);
  const received = quotes.reduce((sum, quote) => sum + quote.amountOut, amounts[token] ?? 0n);
  const least = below(received, tolerance);
  const swaps = quotes.map((quote) => swapOf(reading, quote, maxUint256, tolerance));
  const deadline = reading.block.timestamp + VALID_SECONDS;
  const zap = { vault, shares, tokenOut: asset.address, minAmountOut: least, receiver: account };
  const whole = { ...zap, deadline, skip: 0n, swaps };
  const unit = { token: vault, symbol: "shares", decimals: SHARE_DECIMALS };
  const last = {
    words: `zap shares into ${asset.symbol}`,
    to: means.zapper,
    data: encodeFunctionData({ abi: IZapper, functionName: "zapOut", args: [whole] }),
    complete: (signature: Signature) =>
      encodeFunctionData({ abi: IZapper, functionName: "zapOutWithPermit", args: [whole, signature] }),
  };
  return {
    action: "zapOut",
    shares,
    leastShares: null,
    parts: [{ asset, amount: received, bound: least }],
    cost: costInWords(shareValue(reading, shares), value(asset, received), "paid to the pools, by you alone"),
    calls: await allowed(market, order, { unit, amount: shares, deadline }, last),
  };
}

/** What to sell of `amount` for each other asset, so that all pay for the same shares. */
async function split(market: Market, token: number, amount: bigint): Promise<Quote[]> {
  const held = market.reading.assets.map((asset) => asset.held.recorded);
  const others = held.flatMap((units, i) => (units > 0n && i !== token ? [i] : []));
  const own = held[token] ?? 0n;
  const equal = amount / BigInt(others.length + (own > 0n ? 1 : 0) || 1);
  let quotes = await market.best(others.map((bought) => ({ sold: token, bought, amount: equal })));
  for (let round = 0; round < ROUNDS; round += 1) {
    // What one vault's worth of each asset costs, in the token, with eighteen digits more.
    const costs = quotes.map((quote) => (quote.amountIn * (held[quote.way.bought] ?? 0n) * WAD) / quote.amountOut);
    const whole = costs.reduce((sum, cost) => sum + cost, own * WAD);
    const parts = quotes.map((quote, i) => ({
      sold: token,
      bought: quote.way.bought,
      amount: (amount * (costs[i] ?? 0n)) / whole,
    }));
    quotes = await market.best(parts);
  }
  return quotes;
}

/** The most shares that amounts by position pay for in kind, rounded down. */
function affordable(reading: Reading, bought: ReadonlyMap<number, bigint>): bigint {
  const each = reading.assets.flatMap((asset, i) =>
    asset.held.recorded > 0n ? [((bought.get(i) ?? 0n) * reading.vault.totalSupply) / asset.held.recorded] : [],
  );
  return each.reduce((least, shares) => (shares < least ? shares : least), each[0] ?? 0n);
}

/** The registered routes of a vault at one block, and what they pay. */
class Market {
  constructor(
    readonly client: PublicClient,
    readonly chainId: number,
    readonly means: Means,
    readonly reading: Reading,
    private readonly routes: readonly Way[],
  ) {}

  /** The way that pays most for each sale, in one request. */
  async best(sales: readonly Sale[]): Promise<Quote[]> {
    const asked = sales.flatMap((sale) => this.ways(sale).map((way) => ({ way, amountIn: sale.amount })));
    if (asked.length === 0 && sales.length > 0) throw this.unsold(sales[0] as Sale);
    const found = await this.client.multicall({
      deployless: true,
      batchSize: 0,
      contracts: asked.map(({ way, amountIn }) => ({
        address: this.means.quoter,
        abi: QUOTER,
        functionName: "quoteExactInput" as const,
        args: [this.path(way), amountIn] as const,
      })),
    });
    const quotes = asked.flatMap(({ way, amountIn }, i) => {
      const answer = found[i];
      const amountOut = answer?.status === "success" ? answer.result[0] : 0n;
      return amountOut > 0n ? [{ way, amountIn, amountOut }] : [];
    });
    return sales.map((sale) => {
      const own = quotes.filter(({ way }) => way.sold === sale.sold && way.bought === sale.bought);
      if (own.length === 0) throw this.unsold(sale);
      return own.reduce((best, quote) => (quote.amountOut > best.amountOut ? quote : best));
    });
  }

  private ways({ sold, bought }: Sale): Way[] {
    const direct = this.routes.filter((way) => way.sold === sold && way.bought === bought);
    return direct.length > 0 ? direct : this.detours(sold, bought);
  }

  /** Two routes in a row that one venue can take as one path. */
  private detours(sold: number, bought: number): Way[] {
    return this.routes
      .filter((first) => first.sold === sold)
      .flatMap((first) => {
        const between = (this.reading.assets[first.bought] as Asset).address;
        return this.routes
          .filter((next) => next.sold === first.bought && next.bought === bought && next.venue === first.venue)
          .map((next) => ({ ...first, bought, data: concatHex([first.data, between, next.data]) }));
      });
  }

  private path(way: Way): Hex {
    const [sold, bought] = [this.reading.assets[way.sold] as Asset, this.reading.assets[way.bought] as Asset];
    return concatHex([sold.address, way.data, bought.address]);
  }

  private unsold({ sold, bought, amount }: Sale): Error {
    const [from, to] = [this.reading.assets[sold] as Asset, this.reading.assets[bought] as Asset];
    return new Error(
      `no route of the vault takes ${amountText(amount, from.decimals)} ${from.symbol} for ${to.symbol}; ` +
        "in kind one can always join and leave",
    );
  }
}

/** Routes that a quoter of Uniswap V3 can be asked about. */
async function routesOf(client: PublicClient, place: Place, reading: Reading): Promise<Way[]> {
  const routes = await client.readContract({
    address: place.lens,
    abi: IVaultLens,
    functionName: "routes",
    args: [reading.vault.vault],
    blockNumber: reading.block.number,
  });
  return routes
    .filter((route) => route.active && size(route.data) % HOP_BYTES === FEE_BYTES)
    .filter((route) => route.tokenIn < reading.assets.length && route.tokenOut < reading.assets.length)
    .map(({ venue, tokenIn, tokenOut, data }) => ({ venue, sold: tokenIn, bought: tokenOut, data }));
}

function swapOf(reading: Reading, { way, amountOut }: Quote, amountIn: bigint, tolerance: bigint) {
  const [sold, bought] = [reading.assets[way.sold] as Asset, reading.assets[way.bought] as Asset];
  return {
    venue: way.venue,
    tokenIn: sold.address,
    tokenOut: bought.address,
    amountIn,
    minAmountOut: below(amountOut, tolerance),
    data: way.data,
  };
}

interface Unit {
  token: Address;
  symbol: string;
  decimals: number;
}

/** What the zapper has to be allowed: an amount of a token, until a second. */
interface Need {
  unit: Unit;
  amount: bigint;
  deadline: bigint;
}

type Last = Call & { complete: (signature: Signature) => Hex };

/** The zap after what allows it: nothing, a signature that travels along, or a transaction before it. */
async function allowed(market: Market, order: ZapOrder, need: Need, { complete, ...zap }: Last): Promise<Call[]> {
  const { client, chainId, means } = market;
  const { unit, amount, deadline } = need;
  const granted = await client.readContract({
    address: unit.token,
    abi: ALLOWANCE,
    functionName: "allowance",
    args: [order.account, means.zapper],
  });
  const approvals = allow(unit, amount, granted, { address: means.zapper, name: "the zapper" });
  if (approvals.length === 0 || !order.signs) return [...approvals, zap];
  const grant = { owner: order.account, spender: means.zapper, value: amount, deadline };
  const asked = await permitOf(client, chainId, unit.token, grant);
  if (!asked) return [...approvals, zap];
  const words = `sign for the zapper ${amountText(amount, unit.decimals)} ${unit.symbol}; this sends nothing`;
  return [{ ...zap, permit: { asked, words, complete } }];
}

const value = (asset: Asset, amount: bigint): bigint => (amount * asset.token.price) / PRICE_SCALE;
const shareValue = (reading: Reading, shares: bigint): bigint => (shares * valuePerShare(reading.vault)) / WAD;
