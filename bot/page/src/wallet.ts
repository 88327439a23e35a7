/** The reader's wallet, by EIP-1193: it signs and sends, this page only asks. */

import { type Address, createWalletClient, custom, type EIP1193Provider, type Hex, type WalletClient } from "viem";

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
