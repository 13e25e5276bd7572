/**
 * How many spares there are, and when they are booted.
 *
 * One after the first start; one more, up to a limit, each time that a start finds none ready; one less for each quiet while, and none after a long one. They boot
 * one after the other, a moment after a start, by timers that keep no program alive. In a program that only blocks no timer runs: there the next start does it.
 */
import { MAX_SLOTS } from '../memory/layout.ts';
import { session } from '../memory/session.ts';
import { cpuCount } from '../platform/cpu_count.ts';
import type { Image } from './launch.ts';
import { onPreloadChange, preloaded } from './preload.ts';
import { bootSpare, countSpares, endSpares, type SpareEnd, type Taken, takeSpare } from './spares.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';

const LEAST_LIMIT = 2;
const GREATEST_LIMIT = 8;
/** Of the session's slots for processes, spares leave so many to others. */
const SLOTS_LEFT = MAX_SLOTS / 2;
/** How long after a start the next one is booted, in ms: the work at hand comes first, and short work has been done by then. */
const BOOT_DELAY_MS = 50;
/** Between two looks at one that boots, in ms; twice as long each time, up to the longest. */
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
/** A timer that is so late, in ms, belongs to a program that blocks. */
const LATE_MS = 50;
/** After so many in a row that ended before they were ready, no more are booted. */
const MAX_FAILURES = 3;
/** In ms; tests change them. */
export const spareTimes = { review: 10_000, idle: 60_000 };

let wanted = 0;
/** What the last start asked for: the next spares are made so. */
let latest: { readonly image: Image; readonly surroundings: Surroundings; readonly at: number } | undefined;
let hasMissed = false;
let failures = 0;
let isQuiet = false;
let pause = PAUSE_MS;
let due = Infinity;
let timer: NodeJS.Timeout | undefined;
let reviews: NodeJS.Timeout | undefined;

/** A spare that becomes the process described, or undefined: then a fresh one is needed. `replaceSpare` follows when it has its orders. */
export function requestSpare(image: Image): Taken | undefined {
  const surroundings = surroundingsOf(image);
  if (!surroundings) return undefined;
  latest = { image, surroundings, at: performance.now() };
  // With modules to load, one that boots may take longer than a fresh process, or for ever.
  const taken = takeSpare(surroundings, preloaded().modules.length === 0);
  if (taken?.wasReady) failures = 0;
  else {
    hasMissed = true;
    wanted = Math.min(Math.max(LEAST_LIMIT, Math.min(GREATEST_LIMIT, cpuCount())), wanted + 1);
  }
  return taken;
}

export function replaceSpare(): void {
  if (performance.now() > due + LATE_MS) supply();
  else plan(BOOT_DELAY_MS);
}

function plan(ms: number): void {
  if (due !== Infinity || failures >= MAX_FAILURES) return;
  due = performance.now() + ms;
  timer = setTimeout(supply, ms).unref();
}

function supply(): void {
  clearTimeout(timer);
  due = Infinity;
  if (!latest) return;
  const { fitting, all, areReady } = countSpares(latest.surroundings);
  if (fitting >= wanted) return;
  if (!areReady) {
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    plan(pause);
    return;
  }
  pause = PAUSE_MS;
  if (all >= wanted) endSpares(all - wanted + 1, latest.surroundings);
  boot();
  if (fitting + 1 < wanted) plan(pause);
}

function boot(): void {
  if ([...session().participants.listed()].length > SLOTS_LEFT) return;
  const { image, surroundings } = latest!;
  const orders = { preload: preloaded().modules, isQuiet, argv: process.argv };
  isQuiet = true;
  reviews ??= setInterval(review, spareTimes.review).unref();
  try {
    // As they were when the start was: what has changed since is changed again when it is taken.
    bootSpare({ ...image, env: onlyThese(surroundings.environment), cwd: surroundings.cwd }, surroundings, orders, onEnd);
  } catch {
    // No more processes or descriptors are to be had: who needs one says so. The next start tries again.
    wanted = 0;
  }
}

function onEnd({ wasReady, signal }: SpareEnd): void {
  // A Ctrl-C that comes while it boots.
  if (!wasReady && signal !== 'SIGINT') failures++;
  plan(PAUSE_MS);
  if (wasReady || failures !== MAX_FAILURES) return;
  process.emitWarning(
    `the last ${MAX_FAILURES} spares for the start method 'warm' ended before they were ready; processes are started like with 'spawn' until setPreload() is called: see what these modules do`,
    'MultiprocWarning',
  );
}

function review(): void {
  if (!latest || performance.now() - latest.at > spareTimes.idle) {
    wanted = 0;
    clearInterval(reviews);
    reviews = undefined;
  } else if (!hasMissed) wanted = Math.max(1, wanted - 1);
  hasMissed = false;
  const surroundings = latest?.surroundings;
  const all = surroundings ? countSpares(surroundings).all : 0;
  if (all > wanted) endSpares(all - wanted, surroundings);
}

onPreloadChange(() => {
  latest = undefined;
  failures = 0;
  isQuiet = false;
  endSpares();
});

/** As the option `env`: everything else is removed. */
function onlyThese(environment: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])), ...environment };
}
