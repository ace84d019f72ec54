// What dockerode does, as lines on standard output that say the same by each way to the engine (DOCKER_HOST).
// Usage: dockerode.js IMAGE. Makes a container named `client`, and one without a name, and removes them.
'use strict';

const Docker = require('dockerode');
const { PassThrough } = require('stream');

const BIG = Buffer.alloc(2 << 20, 'dockgate');

const say = (name, value) => console.log(name, JSON.stringify(value));

const whole = (stream) => new Promise((resolve, reject) => {
  const parts = [];
  stream.on('data', (part) => parts.push(part));
  stream.on('end', () => resolve(Buffer.concat(parts)));
  stream.on('error', reject);
});

// Types `text` into a hijacked stream, ends that direction, and reads the other to its end.
async function talk(engine, stream, text) {
  const out = new PassThrough();
  const read = whole(out);
  engine.modem.demuxStream(stream, out, out);
  stream.on('end', () => out.end());
  stream.end(text);
  return (await read).toString();
}

async function main(image) {
  const engine = new Docker({ timeout: 60000 });
  say('version', (await engine.version()).Version);
  const box = await engine.createContainer({ Image: image, name: 'client', OpenStdin: true, StdinOnce: true,
    AttachStdin: true, Cmd: ['sh', '-c', 'read x; echo got $x; exec cat >/dev/null'],
    HostConfig: { NetworkMode: 'none' } });
  try {
    const typed = await box.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    await box.start();
    say('list', (await engine.listContainers({ all: true })).map((c) => c.Names));
    const exec = await box.exec({ Cmd: ['wc', '-c'], AttachStdin: true, AttachStdout: true });
    say('stdin', await talk(engine, await exec.start({ hijack: true, stdin: true }), BIG));
    say('exit', (await exec.inspect()).ExitCode);
    const plain = await box.exec({ Cmd: ['echo', 'hi'], AttachStdout: true });
    say('exec', (await whole(await plain.start({}))).subarray(8).toString());
    say('archive', (await whole(await box.getArchive({ path: '/etc/passwd' }))).length);
    const follower = whole(await box.logs({ follow: true, stdout: true, stderr: true }));
    say('attach', await talk(engine, typed, 'typed\n'));
    say('logs', (await follower).subarray(8).toString());
    say('wait', (await box.wait()).StatusCode);
    const now = Math.floor(Date.now() / 1000) + 1;
    const events = await whole(await engine.getEvents({ since: now - 600, until: now, filters: { container: [box.id] } }));
    const said = new PassThrough();
    const words = whole(said);
    const [done, once] = await engine.run(image, ['sh', '-c', 'echo once; exit 3'], said, { Tty: true, HostConfig: { NetworkMode: 'none' } });
    await once.remove();
    said.end();
    say('run', [done.StatusCode, (await words).toString()]);
    say('events', [...new Set(events.toString().trim().split('\n').map((line) => JSON.parse(line).Action))].sort());
  } finally {
    await box.remove({ force: true });
  }
}

main(process.argv[2]).catch((error) => {
  console.log('error', String(error));
  process.exit(1);
});
