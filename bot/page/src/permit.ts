/** Allowances by signature (EIP-2612): whether a token takes them, and what is to be signed. */

import { type Address, domainSeparator, encodeFunctionData, type Hex, parseAbi, type PublicClient } from "viem";
import { revertData } from "./reverts";

const TOKEN = parseAbi([
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function nonces(address owner) view returns (uint256)",
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
]);

/** What a wallet shows and signs. */
export const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

const DEFAULT_VERSION = "1";
/** Longest name or version of a token that is signed. */
const MOST_LETTERS = 100;
const ONE: Hex = `0x${"1".padStart(64, "0")}`;

export interface Grant {
  owner: Address;
  spender: Address;
  value: bigint;
  /** Last second at which the token takes it. */
  deadline: bigint;
}

export interface Permit {
  domain: { name: string; version: string; chainId: number; verifyingContract: Address };
  message: Grant & { nonce: bigint };
}

/**
 * What is to be signed for a grant of a token, or null if the token takes no signature.
 *
 * A token's word is not enough: its separator must be the hash of the domain it describes, and its
 * permit must refuse a void signature. A contract that answers any call at all, as wrapped coins do,
 * would otherwise seem to take it.
 */
export async function permitOf(client: PublicClient, chainId: number, token: Address, grant: Grant): Promise<Permit | null> {
  const ask = { address: token, abi: TOKEN } as const;
  const [separator, nonce, name, version, told] = await client.multicall({
    deployless: true,
    batchSize: 0,
    contracts: [
      { ...ask, functionName: "DOMAIN_SEPARATOR" },
      { ...ask, functionName: "nonces", args: [grant.owner] },
      { ...ask, functionName: "name" },
      { ...ask, functionName: "version" },
      { ...ask, functionName: "eip712Domain" },
    ],
  });
  const words = told.result ? [told.result[1], told.result[2]] : [name.result, version.result ?? DEFAULT_VERSION];
  const [called, ofVersion] = words.map((word) => (word && word.length <= MOST_LETTERS ? word : null));
  if (separator.result === undefined || nonce.result === undefined || !called || !ofVersion) return null;
  const domain = { name: called, version: ofVersion, chainId, verifyingContract: token };
  if (domainSeparator({ domain }) !== separator.result) return null;
  return (await refusesVoid(client, token, grant)) ? { domain, message: { ...grant, nonce: nonce.result } } : null;
}

/** Whether the token has a permit of this shape, and it looks at the signature. */
async function refusesVoid(client: PublicClient, token: Address, { owner, spender, deadline }: Grant): Promise<boolean> {
  const args = [owner, spender, 1n, deadline, 27, ONE, ONE] as const;
  const data = encodeFunctionData({ abi: TOKEN, functionName: "permit", args });
  try {
    await client.call({ account: owner, to: token, data });
    return false;
  } catch (error) {
    // A contract without the function reverts without a word.
    return (revertData(error) ?? "0x") !== "0x";
  }
}
