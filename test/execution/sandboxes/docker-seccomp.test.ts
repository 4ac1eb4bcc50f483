/** The filter of system calls as text; what it holds is tried in docker-hardening and in test/hostile. */
import { expect, it } from 'vitest';
import { SECCOMP_PROFILE } from '../../../src/execution/sandboxes/docker-seccomp.ts';

const { syscalls } = JSON.parse(SECCOMP_PROFILE) as {
  syscalls: { names: string[]; action: string; args?: { value: number }[] }[];
};

it('names each call once, and allows without a look at its arguments nothing that leads out', () => {
  const plain = syscalls.filter(({ args }) => args === undefined).flatMap(({ names }) => names);
  expect(plain.length).toBe(new Set(plain).size);
  const open = syscalls
    .filter(({ args, action }) => args === undefined && action === 'SCMP_ACT_ALLOW')
    .flatMap(({ names }) => names);
  const closed =
    'io_uring_setup io_uring_enter io_uring_register socket socketcall clone clone3 unshare setns mount umount2 pivot_root bpf perf_event_open userfaultfd keyctl add_key request_key open_by_handle_at init_module kexec_load personality';
  expect(closed.split(' ').filter((name) => open.includes(name))).toEqual([]);
});

it('opens four families of sockets', () => {
  const families = syscalls.filter(({ names }) => names.includes('socket'));
  expect(families.map(({ args }) => args?.map(({ value }) => value))).toEqual([
    [1],
    [2],
    [10],
    [16],
  ]);
});
