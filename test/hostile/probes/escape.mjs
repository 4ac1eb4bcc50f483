// Getting out, and using up the machine.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { calls, each, held, reached, read, targets, tried, under } from './tools.mjs';

export const ESCAPE = {
  'same-namespaces': () => {
    const same = Object.entries(targets.namespaces).filter(
      ([name, id]) =>
        tried(() => fs.readlinkSync(`/proc/self/ns/${name}`)) === null &&
        fs.readlinkSync(`/proc/self/ns/${name}`) === id,
    );
    return same.length > 0 ? reached(same.map(([name]) => name).join()) : held('all its own');
  },
  'rights-and-root': () => {
    const status = String(read('/proc/self/status'));
    const rights = [...status.matchAll(/^Cap(?:Prm|Eff|Bnd|Amb):\s+(\w+)$/gm)].filter(
      (found) => Number.parseInt(found[1], 16) !== 0,
    );
    const plain =
      /^NoNewPrivs:\s+1$/m.test(status) && /^Seccomp:\s+2$/m.test(status) && process.getuid() !== 0;
    return rights.length > 0 || !plain
      ? reached(status.slice(0, 200))
      : held('no rights, a filter, not root');
  },
  'set-uid-programs': () => {
    for (const argv of [
      ['su', '-c', 'id -u'],
      ['sudo', '-n', 'id', '-u'],
      ['mount', '-t', 'tmpfs', 'x', '/tmp'],
      ['newgrp'],
      ['pkexec', 'id', '-u'],
      ['chroot', '/', 'id', '-u'],
    ]) {
      const done = spawnSync(argv[0], argv.slice(1), {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 3000,
      });
      if (done.status === 0 && done.stdout?.trim() === '0') return reached(argv[0]);
    }
    fs.copyFileSync('/bin/sh', '/tmp/own-sh');
    fs.chmodSync('/tmp/own-sh', 0o6755);
    const own = spawnSync('/tmp/own-sh', ['-p', '-c', 'id -u'], { encoding: 'utf8' });
    return own.stdout?.trim() === '0' ? reached('a set-uid copy') : held('none gives rights');
  },
  'write-the-system': () =>
    each(
      [
        '/etc/passwd',
        '/etc/aedev-probe',
        '/usr/bin/aedev-probe',
        '/lib/aedev-probe',
        '/aedev-probe',
        '/opt/aedev/aedev-probe',
        '/proc/sys/kernel/core_pattern',
        '/proc/sys/vm/drop_caches',
        '/proc/sysrq-trigger',
        '/proc/self/oom_score_adj-',
        '/sys/kernel/uevent_helper',
        '/sys/fs/cgroup/release_agent',
        '/sys/fs/cgroup/cgroup.procs',
        '/sys/kernel/mm/ksm/run',
        '/dev/aedev-probe',
      ],
      (path) => tried(() => fs.writeFileSync(path, '')),
    ),
  'raw-devices': () =>
    each(
      [
        '/dev/mem',
        '/dev/kmem',
        '/dev/kmsg',
        '/dev/port',
        '/dev/kvm',
        '/dev/fuse',
        '/dev/net/tun',
        '/dev/sda',
        '/dev/vda',
        '/dev/nvme0n1',
        '/dev/loop-control',
        '/dev/uinput',
        '/dev/vsock',
        '/dev/vhost-net',
        '/proc/kmsg',
        '/proc/kcore',
      ],
      (path) => tried(() => fs.closeSync(fs.openSync(path, 'r+'))),
    ),
  'block-devices': () => {
    const found = [...under('/dev')].find(({ path }) => fs.lstatSync(path).isBlockDevice());
    return found ? reached(found.path) : held('none is there');
  },
  'terminal-of-the-operator': () =>
    each(['/dev/tty', '/dev/console', '/dev/tty0', '/dev/pts/0'], (path) =>
      tried(() => fs.closeSync(fs.openSync(path, 'r+'))),
    ),
  'take-the-way-out-away': () => {
    const path = '/run/aedev/egress.sock';
    return each(
      [
        ['rm', () => fs.rmSync(path)],
        ['rename', () => fs.renameSync(path, '/tmp/s')],
        ['write', () => fs.writeFileSync('/run/aedev/x', '')],
      ].map(([name, work]) => Object.assign(work, { toString: () => name })),
      tried,
    );
  },
  mounting: calls('mounting'),
  namespaces: calls('namespaces'),
  keyrings: calls('keyrings'),
  'kernel-interfaces': calls('interfaces'),
  'kernel-modules': calls('modules'),
  'clock-of-the-host': calls('clock'),
  'become-root': calls('root'),
  'processes-of-others': calls('processes'),
  'input-of-a-terminal': calls('terminal'),
  'odd-sockets': calls('sockets'),
  'priority-over-others': calls('priority'),

  // Using up the machine.
  'open-files': () => {
    const open = [];
    try {
      while (open.length < 100_000) open.push(fs.openSync('/dev/null'));
    } catch (error) {
      return error.code === 'EMFILE' && open.length <= 8192 ? held('EMFILE') : reached(error.code);
    } finally {
      for (const fd of open) fs.closeSync(fd);
    }
    return reached('100000 open files');
  },
  'sparse-giant': () =>
    each(['/workspace/giant', '/tmp/giant'], (path) => {
      const code = tried(() => fs.truncateSync(fs.openSync(path, 'w'), 300 * 1024 ** 3));
      fs.rmSync(path, { force: true });
      return code;
    }),
  'fill-shared-memory': () =>
    each(['/dev/shm/big'], (path) =>
      tried(() => {
        try {
          for (let at = 0; at < 200; at += 1) fs.appendFileSync(path, Buffer.alloc(1 << 20, 1));
        } finally {
          fs.rmSync(path, { force: true });
        }
      }),
    ),
  'core-dumps': () =>
    /^Max core file size\s+0\s+0/m.test(String(read('/proc/self/limits')))
      ? held('limited to nothing')
      : reached('a core dump'),
};
