/** Opens a session, which cleans up after those that are over, and ends. */
import { Lock } from 'multiproc';

new Lock();
console.log('opened');
