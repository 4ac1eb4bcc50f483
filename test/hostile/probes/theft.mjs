// Stealing what is not its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { canary, each, first, held, pids, reached, read, targets, tried, under } from './tools.mjs';

export const THEFT = {
  'read-keys-and-homes': () => each(targets.files, (path) => tried(() => fs.readFileSync(path))),
  'list-other-folders': () => each(targets.folders, (path) => tried(() => fs.readdirSync(path))),
  'write-other-folders': () =>
    each([...targets.folders, targets.home, targets.mirror], (path) =>
      tried(() => fs.writeFileSync(`${path}/aedev-probe`, 'x')),
    ),
  'search-every-file': () => {
    let files = 0;
    const places = [
      '/home',
      '/root',
      '/tmp',
      '/run',
      '/var',
      '/srv',
      '/mnt',
      '/media',
      '/opt',
      '/etc',
      '/dev',
      '/objects',
    ];
    for (const place of places)
      for (const { path, entry } of under(place)) {
        // Looked at again: a device mounted over a file is listed as a file.
        const bytes = entry.isFile() && fs.lstatSync(path).isFile() ? read(path) : null;
        files += 1;
        if (Buffer.isBuffer(bytes) && bytes.includes(canary)) return reached(path);
      }
    return held(`not in any of ${places.length} places, ${files > 0}`);
  },
  'own-environment': () => {
    const found = Object.entries(process.env).find(
      ([name, value]) =>
        /sk-ant|ghp|TOKEN|SECRET|API_KEY/.test(`${name}=${value}`) || value.includes(canary),
    );
    return found ? reached(found[0]) : held('no credential in it');
  },
  'environment-of-others': () => {
    const found = pids()
      .flatMap((pid) => ['environ', 'cmdline', 'maps'].map((file) => `/proc/${pid}/${file}`))
      .find((path) => {
        const bytes = read(path);
        return Buffer.isBuffer(bytes) && bytes.includes(canary);
      });
    return found ? reached(found) : held('not there');
  },
  'processes-of-the-host': () =>
    Buffer.isBuffer(read(`/proc/${targets.bystander}/status`)) &&
    !fs.existsSync(`/proc/${targets.bystander}/task/${process.pid}`) &&
    read(`/proc/${targets.bystander}/comm`).toString() === 'sleep\n'
      ? reached('the bystander')
      : held(`${pids().length < 30}`),
  'through-root-and-cwd-links': () =>
    each(
      pids().flatMap((pid) =>
        ['root', 'cwd'].flatMap((link) =>
          targets.files.map((file) => `/proc/${pid}/${link}${file}`),
        ),
      ),
      (path) => tried(() => fs.readFileSync(path)),
    ),
  'through-open-files': () => {
    const foreign = pids()
      .flatMap((pid) => {
        try {
          return fs
            .readdirSync(`/proc/${pid}/fd`)
            .map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
        } catch {
          return [];
        }
      })
      .filter(
        (path) =>
          targets.folders.some((folder) => path.startsWith(folder)) &&
          !path.includes('/workspace/'),
      );
    return foreign.length > 0 ? reached(foreign[0]) : held('none of the host');
  },
  'inherited-descriptors': () => {
    const listed = spawnSync('sh', ['-c', 'ls -l /proc/$$/fd; :'], {
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    const extra = String(listed.stdout)
      .split('\n')
      .filter((line) => Number(/(\d+) -> /.exec(line)?.[1] ?? 0) > 2);
    return extra.length > 0 ? reached(extra.join(', ')) : held('only the three');
  },
  'links-to-secrets': () => {
    const dir = fs.mkdtempSync('/tmp/links-');
    return each(
      targets.files.map((path, at) => [path, `${dir}/${at}`]),
      ([path, link]) => {
        fs.symlinkSync(path, link);
        return tried(() => fs.readFileSync(link));
      },
    );
  },
  'hard-link-the-repo-objects': () => {
    const object = first(
      [...under('/objects')].map(({ path, entry }) => (entry.isFile() ? path : null)),
    );
    if (object === null) return held('no objects');
    return each([`${process.cwd()}/linked`, '/tmp/linked'], (path) =>
      tried(() => fs.linkSync(object, path)),
    );
  },
  'change-the-repo-objects': () =>
    each(['/objects/aedev-probe', '/objects/info/alternates', '/objects/pack/x'], (path) =>
      tried(() => fs.writeFileSync(path, 'x')),
    ),
};
