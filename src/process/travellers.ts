/**
 * What may travel to a child or come back from it is known to both, whatever their programs import: a module that names `Lock` as a type only
 * does not load it.
 */
import '../channels/pipe.ts';
import '../channels/queue.ts';
import '../shared_memory/shareable_list.ts';
import '../sync/lock.ts';
