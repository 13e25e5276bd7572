/** One line is never torn by another process, and none is lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf, MAX_LINE_BYTES } from '#dist/logging/stderr.js';
import { programPath, temporaryFolder } from '../support/programs.js';

const PREFIX = '[INFO/Process-1] ';

test('a long record becomes lines that the system writes in one piece each, and no character is lost or cut', () => {
  const text = fc
    .array(fc.tuple(fc.constantFrom('a', 'é', '漢', '🙂', '\n', 'word '), fc.integer({ min: 1, max: 3000 })), { maxLength: 6 })
    .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''));
  fc.assert(
    fc.property(text, (whole) => {
      const lines = linesOf(PREFIX, whole);
      const texts = lines.map((line) => line.toString());
      for (const line of lines) assert.ok(line.length <= MAX_LINE_BYTES);
      if (lines.length === 1) return assert.equal(texts[0], `${PREFIX}${whole}\n`);
      const bodies = texts.map((line) => {
        assert.ok(line.startsWith(PREFIX) && line.endsWith('\n'));
        return line.slice(PREFIX.length, -1);
      });
      // A cut at the end of a line takes its place.
      assert.equal(bodies.join('').replaceAll('\n', ''), whole.replaceAll('\n', ''));
      assert.ok(!bodies.some((body) => body.includes('\ufffd')));
    }),
  );
});

/** The program's standard error is a pipe of the shell's, as in `program 2>&1 | less`. */
function throughPipe(how: string): Promise<string> {
  const command = `'${process.execPath}' '${programPath('programs/says.js', import.meta)}' '${how}' 2>&1 >/dev/null | cat`;
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: temporaryFolder() };
  delete env.NODE_TEST_CONTEXT;
  return textOf(spawn('sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

test('four processes that write at once', async () => {
  const lines = (await throughPipe('chatter')).split('\n');
  assert.equal(lines.pop(), '');
  const letters: Record<string, string> = { a: '', b: '', c: '', d: '' };
  for (const line of lines) {
    const said = /^\[INFO\/([abcd])\] (?:\d+ )?(?:\1*)$/.exec(line);
    if (said) letters[said[1]] += line.slice('[INFO/a] '.length);
    else
      assert.match(
        line,
        /^\[INFO\/(MainProcess\] child .*|[abcd]\] child process calling its target|\w+\] process exiting with exit code 0)$/,
      );
  }
  let all = '';
  for (let i = 0; i < 60; i++) all += `${(i * 7919) % 30000} ${'x'.repeat((i * 7919) % 30000)}`;
  for (const [letter, text] of Object.entries(letters)) assert.equal(text.replaceAll(letter, 'x'), all, `what ${letter} said`);
});

test('a slow reader of a descriptor that does not block gets the last words of a process that exits', async () => {
  const program = spawn(process.execPath, [programPath('programs/says.js', import.meta), 'last words'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [code] = await once(program.stdout.setEncoding('utf8'), 'data');
  assert.equal(code, 'EAGAIN\n');
  assert.match(
    await textOf(program.stderr),
    /\n\[INFO\/MainProcess\] last words\n\[INFO\/MainProcess\] process exiting with exit code 0\n$/,
  );
});
