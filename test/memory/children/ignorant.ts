/** Does not know all kinds, as a child whose target imports nothing of the library: it collects, and ends. */
import { Header } from '#dist/memory/layout.js';
import { setKnowsAllObjectKinds } from '#dist/memory/object_kinds.js';
import { joinSession, session } from '#dist/memory/session.js';
import { load, store } from '#dist/platform/atomics.js';
import { ordersTaken } from '#dist/process/start_block.js';

setKnowsAllObjectKinds(false);
joinSession(JSON.parse(process.env.TEST_ADDRESS!));
ordersTaken(session());
const { words } = session().arena;
for (const word of [Header.CANDIDATES, Header.RECOUNT]) store(words, word, 1);
session().collector.collect();
process.send!({ candidates: load(words, Header.CANDIDATES), recount: load(words, Header.RECOUNT) });
process.exit(0);
