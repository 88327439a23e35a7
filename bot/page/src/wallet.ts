/** The reader's wallet, by EIP-1193: it signs and sends, this page only asks. */

import {
  type Address,
  createWalletClient,
  custom,
  type EIP1193Provider,
  type Hex,
  parseSignature,
  size,
  type WalletClient,
} from "viem";
import { type Permit, PERMIT_TYPES } from "./permit";
import { isRejection } from "./reverts";

declare global {
  interface Window {
    ethereum?: EIP1193Provider;
  }
}

export interface Wallet {
  client: WalletClient;
  account: Address;
}

/** Whether a wallet offers itself to this page. */
export function hasWallet(): boolean {
  return window.ethereum !== undefined;
}

/** Asks the wallet for an account, and for the vault's chain if it is on another. */
export async function connect(chainId: number): Promise<Wallet> {
  const provider = window.ethereum;
  if (!provider) throw new Error("no wallet offers itself to this page; install one and reload");
  const client = createWalletClient({ transport: custom(provider) });
  const [account] = await client.requestAddresses();
  if (!account) throw new Error("the wallet gave no account");
  if ((await client.getChainId()) !== chainId) {
    await client.switchChain({ id: chainId }).catch(() => null);
    const now = await client.getChainId();
    if (now !== chainId) {
      throw new Error(`the wallet is on chain ${now}, the vault on chain ${chainId}; switch it there`);
    }
  }
  return { client, account };
}

/** Asks the wallet to send one call; the hash of the transaction. */
export function send(wallet: Wallet, to: Address, data: Hex): Promise<Hex> {
  return wallet.client.sendTransaction({ account: wallet.account, chain: null, to, data });
}

/** What a contract takes as the signature of an account with a key. */
export interface Signature {
  v: number;
  r: Hex;
  s: Hex;
}

const SIGNATURE_BYTES = 65;

/** The wallet cannot sign a permit, as a contract that is an account cannot: allow by a transaction. */
export class SignsNoPermit extends Error {}

/** Asks the wallet to sign an allowance; nothing is sent. */
export async function sign(wallet: Wallet, permit: Permit): Promise<Signature> {
  const asked = { ...permit, types: PERMIT_TYPES, primaryType: "Permit" } as const;
  const signed = await wallet.client.signTypedData({ account: wallet.account, ...asked }).catch((error: unknown) => {
    if (isRejection(error)) throw error;
    return "0x" as const;
  });
  if (size(signed) !== SIGNATURE_BYTES) {
    throw new SignsNoPermit("your wallet does not sign allowances; preview again, and it is asked for a transaction");
  }
  const { r, s, yParity } = parseSignature(signed);
  return { v: 27 + yParity, r, s };
}
