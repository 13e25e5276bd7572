/** CPython's tests of listeners, clients and authentication, by their names there (test/_test_multiprocessing.py), and those of connections over sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Process } from 'multiproc';
import { answerChallenge, Client, deliverChallenge, Listener } from 'multiproc/connection';
import { within } from '../support/within.js';
import { FAMILIES, noPython, python, written } from './support.js';
import { acceptWithHandler, connectAndSend, connectWriteAndClose } from './tasks.js';

test('_TestListener.test_context', async () => {
  for (const family of FAMILIES) {
    const listener = new Listener<any>({ family });
    {
      using open = listener;
      await open.listen();
      using client = await Client<any>(open.address!);
      using accepted = await open.accept();
      await client.send(1729);
      assert.equal(await accepted.recv(), 1729);
    }
    await assert.rejects(listener.accept(), { name: 'ConnectionClosedError', message: /listener/ });
  }
});

test('_TestListener.test_multiple_bind', async () => {
  for (const family of FAMILIES) {
    using listener = new Listener({ family });
    await listener.listen();
    using second = new Listener({ family, address: listener.address! });
    await assert.rejects(second.listen(), { name: 'AddressInUseError', code: 'ERR_MULTIPROC_ADDRESS_IN_USE' });
  }
});

test('_TestListener.test_empty_authkey', async () => {
  using listener = new Listener<any>({ address: ['localhost', 0], authkey: '' });
  await listener.listen();
  // One that has no key gets no further.
  using keyless = await Client<any>(listener.address!);
  await assert.rejects(keyless.recv(), { name: 'TypeError', message: /asks for an authkey/ });
  keyless.close();
  const [client, accepted] = await Promise.all([Client<any>(listener.address!, { authkey: Buffer.alloc(0) }), listener.accept()]);
  client.sendSync(1729);
  assert.equal(accepted.recvSync(), 1729);
  for (const end of [client, accepted]) end.close();
});

test('_TestListener.test_abstract_socket', { skip: process.platform !== 'linux' && 'Linux only' }, async () => {
  const address = `\0multiproc-test-${process.pid}`;
  using listener = new Listener<any>({ address });
  await listener.listen();
  assert.equal(listener.address, address);
  const [client, accepted] = await Promise.all([Client<any>(address), listener.accept()]);
  await client.send('hello');
  assert.equal(await accepted.recv(), 'hello');
  for (const end of [client, accepted]) end.close();
  using second = new Listener({ address });
  await assert.rejects(second.listen(), { name: 'AddressInUseError' });
  if (!noPython) {
    const peer = python('peer.py', 'client', written(address), '-');
    using python3 = await within(listener.accept(), 'Python');
    await python3.sendBytes(Buffer.from('end'));
    assert.deepEqual(await peer.ended(), ['connected']);
  }
  listener.close();
  await assert.rejects(Client(address), { name: 'ConnectionRefusedError' });
});

test('_TestListenerClient.test_listener_client', async () => {
  for (const family of FAMILIES) {
    using listener = new Listener<string>({ family, authkey: 'key' });
    await listener.listen();
    const child = new Process({ target: connectAndSend, args: [listener.address!, 'key', 'hello'] }).start();
    using connection = await within(listener.accept(), 'the child');
    assert.equal(await connection.recv(), 'hello');
    assert.equal(await child.join(), 0);
  }
});

test('_TestListenerClient.test_issue14725', async () => {
  for (const family of FAMILIES) {
    using listener = new Listener<string>({ family });
    await listener.listen();
    const child = new Process({ target: connectWriteAndClose, args: [listener.address!, 'hello'] }).start();
    assert.equal(await child.join(), 0);
    using connection = await within(listener.accept(), 'the child that has left');
    assert.equal(await connection.recv(), 'hello');
    await assert.rejects(connection.recv(), { name: 'EOFError' });
  }
});

test('_TestListenerClient.test_issue16955', async () => {
  for (const family of FAMILIES) {
    using listener = new Listener<any>({ family });
    await listener.listen();
    using client = await Client<any>(listener.address!);
    using accepted = await listener.accept();
    await accepted.sendBytes(Buffer.from('hello'));
    assert.equal(await client.poll({ timeout: 20_000 }), true);
    assert.equal(client.pollSync({ timeout: 20_000 }), true);
  }
});

test('TestInvalidFamily.test_invalid_family', () => {
  for (const make of [() => new Listener({ address: '\\\\.\\test' }), () => new Listener({ family: 'AF_PIPE' })])
    assert.throws(make, { name: 'PlatformError', code: 'ERR_MULTIPROC_PLATFORM', message: /Windows named pipe/ });
  assert.throws(() => new Listener({ family: 'AF_INET6' as never }), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('OtherTest.test_deliver_challenge_auth_failure', async () => {
  const bogus = { sendBytes: () => {}, recvBytes: () => Buffer.from('something bogus') };
  await assert.rejects(deliverChallenge(bogus, 'abc'), { name: 'AuthenticationError', code: 'ERR_MULTIPROC_AUTHENTICATION' });
});

test('OtherTest.test_answer_challenge_auth_failure', async () => {
  let calls = 0;
  const bogus = {
    sendBytes: () => {},
    recvBytes: () =>
      [Buffer.concat([Buffer.from('#CHALLENGE#{sha256}'), Buffer.alloc(40)]), Buffer.from('something bogus')][calls++],
  };
  await assert.rejects(answerChallenge(bogus, 'abc'), { name: 'AuthenticationError', code: 'ERR_MULTIPROC_AUTHENTICATION' });
  assert.equal(calls, 2);
});

/** What one side says to the other, whatever is at the other side. */
class Recorder {
  readonly said: Buffer[] = [];
  readonly #answers: ((said: Buffer[]) => Buffer)[];
  constructor(...answers: ((said: Buffer[]) => Buffer)[]) {
    this.#answers = answers;
  }
  sendBytes(bytes: Uint8Array): void {
    this.said.push(Buffer.from(bytes));
  }
  recvBytes(): Buffer {
    return this.#answers.shift()!(this.said);
  }
}

test('ChallengeResponseTest.test_challengeresponse', async () => {
  const key = 'supadupasecretkey';
  const welcome = (): Buffer => Buffer.from('#WELCOME#');
  const old = new Recorder(() => Buffer.from('#CHALLENGE#mykeyabcdefghijklmno'), welcome);
  await answerChallenge(old, key, { allowMd5: true });
  assert.equal(old.said[0].length, 16);
  for (const digest of ['md5', 'sha256', 'sha384', 'sha3_256', 'sha3_384']) {
    const challenge = Buffer.concat([Buffer.from(`{${digest}}`), Buffer.alloc(40, 7)]);
    const side = new Recorder(() => Buffer.concat([Buffer.from('#CHALLENGE#'), challenge]), welcome);
    await answerChallenge(side, key, { allowMd5: true });
    assert.ok(side.said[0].subarray(0, digest.length + 2).equals(Buffer.from(`{${digest}}`)));
  }
  // The answer of one side is right for the other.
  const answers = new Map<string, Buffer>();
  const asking = new Recorder((said) => {
    answers.set('challenge', said[0]);
    return Buffer.from('not yet');
  });
  await assert.rejects(deliverChallenge(asking, key), { name: 'AuthenticationError' });
  assert.match(String(answers.get('challenge')), /^#CHALLENGE#\{sha256\}/);
  assert.equal(String(asking.said[1]), '#FAILURE#');
});

test('TestIgnoreEINTR.test_ignore_listener', async () => {
  const [hear, told] = Pipe<any>(false);
  const child = new Process({ target: acceptWithHandler, args: [told] }).start();
  const address = await within(hear.recv(), 'the address');
  process.kill(child.pid!, 'SIGUSR1');
  assert.equal(await within(hear.recv(), 'the handler'), 'handled');
  using connection = await Client<string>(address);
  assert.equal(await within(connection.recv(), 'the welcome'), 'welcome');
  assert.equal(await child.join(), 0);
});
