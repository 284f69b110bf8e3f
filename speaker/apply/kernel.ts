// The kernel's share: addresses that are local, and the guard over them.
import type { IpAddress } from '../../net/address.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { GuardDocument } from '../plan/guard.ts';
import { type AddressChange, diffAddresses } from '../plan/local-addresses.ts';
import type { GuardState, KernelGuard } from './kernel-guard.ts';
import type { LocalAddresses } from './local-addresses.ts';

export interface KernelOptions {
  readonly addresses: LocalAddresses;
  readonly guard: KernelGuard;
  readonly clock: Clock;
}

/** How long what was applied is trusted before it is looked at again, in ms. */
const REOBSERVE_MS = 10_000;

export class Kernel {
  readonly #options: KernelOptions;
  #addresses: readonly IpAddress[] = [];
  #guard: GuardState = { IPv4: undefined, IPv6: undefined };
  #observedAt: number | undefined;

  constructor(options: KernelOptions) {
    this.#options = options;
  }

  /** Our local addresses as last seen. */
  get addresses(): readonly IpAddress[] {
    return this.#addresses;
  }

  /** Looks when what is known is old. Throws SystemCallError or KernelGuardError. */
  async refresh(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (this.#observedAt !== undefined && now - this.#observedAt < REOBSERVE_MS) return;
    this.#addresses = this.#options.addresses.observe();
    this.#guard = await this.#options.guard.observe(signal);
    this.#observedAt = now;
  }

  /** Before anything is announced: the guard stands, then the addresses appear. */
  async prepare(
    desired: readonly IpAddress[],
    documents: readonly GuardDocument[],
    signal: AbortSignal,
  ): Promise<readonly AddressChange[]> {
    try {
      this.#guard = await this.#options.guard.apply(documents, this.#guard, signal);
      return this.#change(diffAddresses(this.#addresses, desired).filter(({ kind }) => kind === 'add'));
    } catch (error) {
      this.#observedAt = undefined;
      throw error;
    }
  }

  /** After everything was withdrawn: addresses that nobody needs any more go. */
  cleanUp(desired: readonly IpAddress[]): readonly AddressChange[] {
    return this.#change(diffAddresses(this.#addresses, desired).filter(({ kind }) => kind === 'remove'));
  }

  #change(changes: readonly AddressChange[]): readonly AddressChange[] {
    if (changes.length === 0) return changes;
    try {
      this.#options.addresses.apply(changes);
    } finally {
      this.#addresses = this.#options.addresses.observe();
    }
    return changes;
  }
}
