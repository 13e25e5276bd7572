/** What a proxy knows of its referent. */
import type { AnyFunction } from '../references/any_function.ts';
import { type Client, clientOf, knownClient } from './client.ts';
import { Door } from './door.ts';

/** Where a referent lives, and how it is known there. */
export interface Token {
  readonly home: Door | ForeignHome;
  readonly id: number;
  readonly typeid: string;
  /** The methods that may be called. */
  readonly methods: readonly string[];
  /** Held by the proxies: the referent stays while anybody holds it. */
  readonly presence: Hold;
}

export interface Hold {
  use(): this;
  release(): void;
}

/** A manager that is reached by its address. */
export interface ForeignHome {
  readonly client: Client;
  /** Which server it is; '' = that is not known yet. */
  readonly identity: string;
  /** What goes into a message to another process of this session, which connects to the address itself. */
  sentOn(token: Token, proxyClass: unknown): readonly [AnyFunction, unknown];
}

/** This thread's client of the manager. Throws ManagerGoneError. */
/** The one that there is, where it still reaches the server. */
export function openClientFor({ home }: Token): Client | undefined {
  const client = home instanceof Door ? knownClient(home) : home.client;
  return client?.isOpen ? client : undefined;
}

export function clientFor({ home, typeid }: Token): Client {
  if (!(home instanceof Door)) return home.client;
  // The text costs as much as the rest of this.
  return knownClient(home) ?? clientOf(home, `the manager of this ${typeid}`);
}
