/** A vault at one block: what the first view needs, in four requests. */

import {
  type Abi,
  type Address,
  type ContractFunctionReturnType,
  createPublicClient,
  http,
  type PublicClient,
} from "viem";
import { IMandate, IVault, IVaultLens } from "./generated/abi";
import type { Place } from "./place";
import type { TokenNames } from "./reverts";
import { printable } from "./words";

const NOBODY: Address = "0x0000000000000000000000000000000000000000";
const TIMEOUT_MS = 15_000;

type View = ContractFunctionReturnType<typeof IVaultLens, "view", "readOne">;
export type VaultView = View[0];
export type TokenView = View[1][number];
export type DoorTerms = ContractFunctionReturnType<typeof IVault, "view", "doorTerms">;

/** One asset with the token it is of; names fit to be shown. */
export interface Asset {
  address: Address;
  symbol: string;
  decimals: number;
  held: VaultView["assets"][number];
  token: TokenView;
}

export interface Roles {
  owner: Address;
  manager: Address;
  guardian: Address;
}

export interface Reading {
  block: { number: bigint; hash: string; timestamp: bigint };
  vault: VaultView;
  name: string;
  symbol: string;
  assets: readonly Asset[];
  tokens: TokenNames;
  roles: Roles;
  /** Streaming fee in WAD of the supply a year, and who gets it. */
  fee: { rate: bigint; recipient: Address };
  /** Terms of the base-asset doors; null while they are shut. */
  doors: DoorTerms | null;
}

/** The page and the chain disagree about what is where; the words say what to do. */
export class WrongChain extends Error {}

export function clientOf(place: Place): PublicClient {
  const transport = http(place.rpc, { timeout: TIMEOUT_MS, retryCount: 1 });
  // Without ccipRead a contract could have the page ask any address on the web.
  return createPublicClient({ transport, ccipRead: false }) as PublicClient;
}

/** Times of blocks in seconds since 1970, by number, in one request; a block that is not told is left out. */
export async function datesOf(place: Place, blocks: readonly bigint[]): Promise<Map<bigint, bigint>> {
  const transport = http(place.rpc, { timeout: TIMEOUT_MS, retryCount: 1, batch: { batchSize: blocks.length } });
  const client = createPublicClient({ transport, ccipRead: false });
  const found = await Promise.allSettled(blocks.map((blockNumber) => client.getBlock({ blockNumber })));
  const told = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  return new Map(told.map((block) => [block.number, block.timestamp]));
}

/** Reads the vault at the newest block, all of it at that block. */
export async function readVault(client: PublicClient, place: Place): Promise<Reading> {
  const [chainId, block] = await Promise.all([client.getChainId(), client.getBlock()]);
  if (chainId !== place.chainId) {
    throw new WrongChain(
      `the node at ${new URL(place.rpc).host} is on chain ${chainId}; the vault is on chain ${place.chainId}`,
    );
  }
  const at = { blockNumber: block.number };
  const [vault, tokens] = await client
    .readContract({
      ...at,
      address: place.lens,
      abi: IVaultLens,
      functionName: "readOne",
      args: [place.vault, place.keeper ?? NOBODY],
    })
    .catch((error: unknown) => {
      throw noData(error) ? new WrongChain(`no lens is at ${place.lens} on chain ${chainId}`) : error;
    });
  const assets = vault.assets.map((held) => assetOf(held, tokens[Number(held.token)] as TokenView));
  return {
    block: { number: block.number, hash: block.hash, timestamp: block.timestamp },
    vault,
    name: printable(vault.name),
    symbol: printable(vault.symbol),
    assets,
    tokens: new Map(assets.map((asset) => [asset.address, asset])),
    ...(await rest(client, vault, block.number)),
  };
}

/** Whether an answer was empty: what a call of an address without code gets. */
function noData(error: unknown): boolean {
  return error instanceof Error && error.message.includes('returned no data ("0x")');
}

function assetOf(held: VaultView["assets"][number], token: TokenView): Asset {
  const symbol = printable(token.symbol, 16) || `${token.token.slice(0, 8)}…`;
  return { address: token.token, symbol, decimals: token.decimals, held, token };
}

/** What the lens does not say: one call that runs all of them, with no contract to rely on. */
async function rest(client: PublicClient, vault: VaultView, blockNumber: bigint) {
  const asked = [
    call(vault.mandate, IMandate as Abi, "owner"),
    call(vault.mandate, IMandate as Abi, "manager"),
    call(vault.mandate, IMandate as Abi, "guardian"),
    call(vault.vault, IVault as Abi, "fee"),
    call(vault.vault, IVault as Abi, "doorTerms"),
  ];
  const found = await client.multicall({
    contracts: asked,
    blockNumber,
    deployless: true,
    batchSize: 0,
  });
  const [owner, manager, guardian, fee, doors] = found.map((item) =>
    item.status === "success" ? item.result : null,
  );
  return {
    roles: { owner, manager, guardian } as unknown as Roles,
    fee: fee as { rate: bigint; recipient: Address },
    doors: doors as DoorTerms | null,
  };
}

function call(address: Address, abi: Abi, functionName: string) {
  return { address, abi, functionName };
}


/** Weight of an asset in WAD, rounded down as the vault does. */
export function weightOf(asset: Asset, nav: bigint): bigint {
  return nav === 0n ? 0n : (asset.held.value * 10n ** 18n) / nav;
}

/** Value of one share in WAD, rounded down; 0 if there are none. */
export function valuePerShare(vault: VaultView): bigint {
  return vault.totalSupply === 0n ? 0n : (vault.nav * 10n ** 18n) / vault.totalSupply;
}
