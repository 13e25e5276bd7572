// What docs/bundles.md tells users to do, taken from the page itself.
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ name: string, commands: string, program: string[], files: Record<string, string>, alone: string[] }} Step
 *   `commands` make something, `program` runs it; `files` are to be written before; what is in `alone` must do in an empty folder too.
 */

/** @param {string} page @param {string} version of Node, like v20.19.0 @returns {Step[]} */
export function bundleSteps(page, version) {
  const text = readFileSync(page, 'utf8').replaceAll('koffi-linux-x64/linux_x64', koffiFolder());
  const blocksOf = (language) =>
    [...text.matchAll(/```(\w+)\n(.*?)```/gs)].filter(([, l]) => l === language).map(([, , block]) => block);
  const [[app, tool], [config], scripts] = ['js', 'json', 'sh'].map(blocksOf);
  if (scripts.length !== 5) throw new Error(`${page} has ${scripts.length} groups of commands, and this script knows 5`);
  const [esm, cjs, koffi, postject, buildSea] = scripts;
  const [major, minor] = version.slice(1).split('.').map(Number);
  const executable =
    major > 25 || (major === 25 && minor >= 5)
      ? step('executable, --build-sea', buildSea, { 'sea-config.json': config.replace('out/tool.blob', 'out/tool') }, [
          'out/tool',
        ])
      : step('executable, postject', postject, { 'sea-config.json': config }, ['out/tool']);
  return [
    step('bundle, ES module', esm, { 'app.mjs': app }),
    step('bundle, CommonJS', cjs, { 'tool.mjs': tool }),
    step('bundle, koffi.node', koffi, {}, ['out/tool.cjs', 'out/koffi.node']),
    executable,
  ];
}

function step(name, script, files, alone = []) {
  const lines = script.trim().split('\n');
  return { name, commands: lines.slice(0, -1).join('\n'), program: lines.at(-1).split(' '), files, alone };
}

function koffiFolder() {
  const { platform, arch } = process;
  return `koffi-${platform}-${arch}/${platform}_${arch}`;
}
