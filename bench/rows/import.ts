// How long a program waits for `import 'multiproc'`, in a process that has not seen it yet.
import { performance } from 'node:perf_hooks';
import { print } from '../harness/timing.ts';

const start = performance.now();
await import('multiproc');
print({ ops: 1, seconds: (performance.now() - start) / 1000 });
