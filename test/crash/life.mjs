// One life of aedev as a real process, for crash tests: submits and approves one mission (by fixed
// command ids, so that a second life changes nothing), and ends when the mission has ended.
// With killAt = n it kills itself at the n-th point that the engine passes.
const { build, home, dir, killAt, text, env } = JSON.parse(process.argv[2]);
const { openAedev } = await import(`${build}/compose.js`);
const { homePaths } = await import(`${build}/config/home.js`);

const passed = [];
const point = (name, key) => {
  passed.push(`${name} ${key.replace(/[tmr]-[a-z0-9]+/g, '')}`);
  if (passed.length === killAt) process.kill(process.pid, 'SIGKILL');
};
const paths = homePaths({ AEDEV_HOME: home }, dir);
const aedev = await openAedev({ paths, env, version: 'crash', log: () => {}, point });
const send = (id, command) => aedev.dispatcher.dispatch({ id, actor: 'operator:tester', command });
const state = async () => (await aedev.store.state('mission/m-crash'))?.state;

// The daemon's server keeps it alive while everything waits for a time; here nothing else would.
const alive = setInterval(() => {}, 60_000);
const ended = new Promise((resolve) => {
  const look = async () => {
    const mission = await state();
    if (mission?.status === 'awaiting-approval' && mission.spec && !mission.approval) {
      await send('approve', {
        type: 'mission.approve',
        mission: mission.id,
        digest: mission.spec.digest,
      });
    }
    if (mission?.status === 'done') resolve();
  };
  aedev.store.onCommit(() => setImmediate(() => look().catch(() => {})));
  setImmediate(look);
});
await aedev.life.start();
await send('submit', {
  type: 'mission.submit',
  mission: 'm-crash',
  text,
  repos: ['shop'],
  coder: null,
  plan: null,
});
await ended;
await aedev.runner.idle();
await aedev.close('done');
clearInterval(alive);
process.stdout.write(JSON.stringify(passed));
