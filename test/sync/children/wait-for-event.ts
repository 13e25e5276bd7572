import type { Event } from '#dist/sync/event.js';
import { join, tell } from '../../support/join.js';

const [event, form] = join<[Event, 'async' | 'sync']>();
tell('waits');
tell(form === 'async' ? await event.wait() : event.waitSync());
