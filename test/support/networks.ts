/** Two networks that are joined by a cable, as Linux makes them: the nearest that one machine comes to two. */
import { spawnSync } from 'node:child_process';
import { Program } from './programs.js';

/** What has a command run in a network. */
export type Side = (command: readonly string[]) => readonly string[];

export interface Networks {
  /** Of both ends of the cable. */
  readonly addresses: readonly [string, string];
  readonly sides: readonly [Side, Side];
  end(): Promise<void>;
}

const ADDRESSES = ['10.91.7.1', '10.91.7.2'] as const;

/** Why there are none here, or false. */
export function noNetworks(): string | false {
  if (process.platform !== 'linux') return 'needs the network namespaces of Linux';
  for (const command of ['unshare', 'nsenter', 'ip'])
    if (spawnSync(command, ['--help']).error) return `needs the command ${command}`;
  if (spawnSync('unshare', ['-rn', 'true']).status !== 0) return 'needs unshare -rn: this user may make no network namespace';
  const pair = spawnSync('unshare', ['-rn', 'ip', 'link', 'add', 'name', 'here', 'type', 'veth', 'peer', 'name', 'there']);
  return pair.status === 0 ? false : 'needs pairs of veth devices, which this kernel does not make';
}

const KEEPS = 'ip link set lo up && echo ready && exec cat';

/** Each is kept by a process that reads until `end`, or this process's end. */
export async function twoNetworks(): Promise<Networks> {
  const first = new Program('unshare', ['-rn', 'sh', '-c', KEEPS]);
  await first.saw(/ready/);
  const inside = (keeper: Program, what: readonly string[]) => (command: readonly string[]) => [
    'nsenter',
    ...['-t', String(keeper.pid), '--preserve-credentials', ...what],
    ...command,
  ];
  const [command, ...args] = inside(first, ['-U'])(['unshare', '-n', 'sh', '-c', KEEPS]);
  const second = new Program(command, args);
  await second.saw(/ready/);
  const sides = [inside(first, ['-U', '-n']), inside(second, ['-U', '-n'])] as const;
  const link = ['link', 'add', 'name', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', String(second.pid)];
  run(sides[0](['ip', ...link]));
  sides.forEach((side, i) => {
    run(side(['ip', 'addr', 'add', `${ADDRESSES[i]}/24`, 'dev', 'cable']));
    run(side(['ip', 'link', 'set', 'cable', 'up']));
  });
  const end = async (): Promise<void> => {
    for (const keeper of [second, first]) keeper.process.stdin!.end();
    await Promise.all([first.ended, second.ended]);
  };
  return { addresses: ADDRESSES, sides, end };
}

function run([command, ...args]: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
