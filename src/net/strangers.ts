/**
 * Connections of which nobody knows yet whether they have the key: a bounded number, because each costs a descriptor. When there are too many, the oldest of the
 * host that has the most goes: one host with many costs its own clients at the most, and a client of it is lost only when so many others came while it answered.
 */
import { isIPv6 } from 'node:net';

export class Strangers<T extends { readonly host: string }> {
  readonly #most: number;
  /** Of each host, the oldest first. */
  readonly #byHost = new Map<string, Set<T>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get areTooMany(): boolean {
    return this.#count > this.#most;
  }

  add(stranger: T): void {
    const network = networkOf(stranger.host);
    const others = this.#byHost.get(network);
    if (others) others.add(stranger);
    else this.#byHost.set(network, new Set([stranger]));
    this.#count++;
  }

  delete(stranger: T): void {
    const network = networkOf(stranger.host);
    const others = this.#byHost.get(network);
    if (!others?.delete(stranger)) return;
    if (others.size === 0) this.#byHost.delete(network);
    this.#count--;
  }

  /** Who has to go, if one has to. */
  get first(): T | undefined {
    let most: Set<T> | undefined;
    for (const others of this.#byHost.values()) if (others.size > (most?.size ?? 0)) most = others;
    return most?.values().next().value;
  }
}

/** A host has a whole /64 of IPv6 to choose its address from. */
function networkOf(host: string): string {
  if (!isIPv6(host) || host.includes('.')) return host;
  const [front, back = ''] = host.replace(/%.*/, '').split('::');
  const given = front.split(':');
  const missing = host.includes('::') ? 8 - given.length - back.split(':').length : 0;
  return [...given, ...Array(Math.max(missing, 0)).fill('0'), ...back.split(':')].slice(0, 4).join(':');
}
