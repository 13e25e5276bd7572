/** How much memory this process may still take: the least of what the machine and its memory cgroups (v2, v1) leave. */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

function readNumber(path: string): number {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === 'max' ? Infinity : Number(text);
  } catch {
    return NaN;
  }
}

function machineAvailable(): number {
  try {
    const line = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (line) return Number(line[1]) * 1024;
  } catch {}
  return freemem();
}

/** Folders of the cgroups that bound this process, innermost first, each with the names of its limit and usage files, and of its cache in memory.stat. */
function* cgroupFolders(): Generator<{ folder: string; limit: string; usage: string; cache: RegExp }> {
  let lines: string[];
  try {
    lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  } catch {
    return;
  }
  for (const line of lines) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const v1 = controllers.split(',').includes('memory');
    if (controllers !== '' && !v1) continue;
    const root = v1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
    const names = v1
      ? { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', cache: /^total_(?:in)?active_file (\d+)$/gm }
      : { limit: 'memory.max', usage: 'memory.current', cache: /^(?:in)?active_file (\d+)$/gm };
    for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/'))) {
      yield { folder: root + folder, ...names };
      if (folder === '' || folder === '/') break;
    }
  }
}

/** Usage counts cached files, which in a busy container soon fill what the limit leaves; the kernel gives them up before it refuses memory. */
function cachedFiles(folder: string, cache: RegExp): number {
  try {
    const text = readFileSync(`${folder}/memory.stat`, 'utf8');
    return [...text.matchAll(cache)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  } catch {
    return 0;
  }
}

export function availableMemory(): number {
  let available = machineAvailable();
  for (const { folder, limit, usage, cache } of cgroupFolders()) {
    const left = readNumber(`${folder}/${limit}`) - readNumber(`${folder}/${usage}`) + cachedFiles(folder, cache);
    if (left < available) available = left;
  }
  return Math.max(available, 0);
}
