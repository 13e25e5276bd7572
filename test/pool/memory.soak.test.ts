/** Ten million tasks. */
import { mapStaysBelow, streamsStayFlat } from './memory_rounds.js';

const isLong = process.env.MULTIPROC_SOAK === 'long';
mapStaysBelow(1000, isLong ? 10_000_000 : 2_000_000, isLong ? ['default', '1', '100'] : ['default', '1']);
streamsStayFlat(isLong ? 10_000_000 : 1_000_000, 60, ['imap-1', 'imap-100', 'imapAsync-100', 'imapSync-100']);
