// System calls that no library of Node makes, by a program of a few bytes that is put together here:
// it makes each call of a table and writes the table back with the answers. x86-64 Linux only.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const BASE = 0x400000;
const HEAD = 64 + 56;
// lea rbx,[rip+table]; mov r12,count; loop: the registers from the row; syscall; answer into the row;
// then write(1, table, size) and exit(0).
const CODE_BYTES = 96;
const ROW = 56;

const DENIED = [-1, -13, -38]; // EPERM, EACCES, ENOSYS
const NOT_THERE = [...DENIED, -3]; // ESRCH
const NOT_OF_THIS_MACHINE = [...DENIED, -19, -22, -97, -93, -94]; // ENODEV EINVAL EAFNOSUPPORT EPROTONOSUPPORT ESOCKTNOSUPPORT
const any = Array.from({ length: 200 }, (_, at) => -1 - at);

/** Name, number, arguments (text becomes its address), answers that are fine. */
const GROUPS = (pid) => ({
  mounting: [
    ['mount', 165, ['tmpfs', '/tmp', 'tmpfs', 0, 0], DENIED],
    ['mount bind', 165, ['/', '/tmp', 0, 0x1000, 0], DENIED],
    ['remount', 165, [0, '/usr', 0, 0x1020, 0], DENIED],
    ['umount2', 166, ['/proc', 2], DENIED],
    ['pivot_root', 155, ['/tmp', '/tmp'], DENIED],
    ['chroot', 161, ['/tmp'], DENIED],
    ['mknod', 133, ['/tmp/block', 0x6000 | 0o666, 0x800], DENIED],
    ['open_by_handle_at', 304, [-100, 0, 0], DENIED],
    ['fsopen', 430, ['tmpfs', 0], DENIED],
    ['open_tree', 428, [-100, '/', 1], DENIED],
  ],
  namespaces: [
    ['unshare user', 272, [0x10000000], DENIED],
    ['unshare mounts', 272, [0x20000], DENIED],
    ['unshare network', 272, [0x40000000], DENIED],
    ['unshare processes', 272, [0x20000000], DENIED],
    ['setns', 308, [0, 0], DENIED],
    ['sethostname', 170, ['x', 1], DENIED],
  ],
  keyrings: [
    ['keyctl', 250, [0, -4, 1], DENIED],
    ['add_key', 248, ['user', 'aedev', 'x', 1, -2], DENIED],
    ['request_key', 249, ['user', 'aedev', 0, -2], DENIED],
  ],
  interfaces: [
    ['bpf', 321, [0, 0, 0], DENIED],
    ['perf_event_open', 298, [0, 0, -1, -1, 0], DENIED],
    ['userfaultfd', 323, [0], DENIED],
    ['io_uring_setup', 425, [1, 'x'.repeat(120)], DENIED],
    ['io_uring_enter', 426, [0, 0, 0, 0, 0], DENIED],
    ['fanotify_init', 300, [0, 0], any],
    ['syslog', 103, [3, 'xxxx', 1], DENIED],
    ['acct', 163, ['/tmp/acct'], DENIED],
    ['quotactl', 179, [0x800002, 0, 0, 0], any],
  ],
  modules: [
    ['init_module', 175, [0, 0, ''], DENIED],
    ['finit_module', 313, [0, '', 0], DENIED],
    ['delete_module', 176, ['aedev', 0], DENIED],
    ['kexec_load', 246, [0, 0, 0, 0], DENIED],
    ['swapon', 167, ['/tmp/none', 0], DENIED],
    ['reboot', 169, [0, 0, 0], DENIED],
    ['iopl', 172, [3], DENIED],
    ['ioperm', 173, [0, 1, 1], DENIED],
  ],
  clock: [['clock_settime', 227, [0, { now: true }], DENIED]],
  root: [
    ['setuid', 105, [0], DENIED],
    ['setgid', 106, [0], DENIED],
    ['setresuid', 117, [0, 0, 0], DENIED],
    ['setgroups', 116, [0, 0], DENIED],
  ],
  processes: [
    ['kill', 62, [pid, 0], NOT_THERE],
    ['ptrace', 101, [16, pid, 0, 0], NOT_THERE],
    ['pidfd_open', 434, [pid, 0], NOT_THERE],
    ['kcmp', 312, [pid, pid, 0, 0, 0], NOT_THERE],
  ],
  terminal: [
    ['TIOCSTI', 16, [0, 0x5412, 'x'], [...DENIED, -25]],
    ['TIOCLINUX', 16, [0, 0x541c, '\x03'], [...DENIED, -25]],
  ],
  sockets: [
    ['packet', 41, [17, 3, 0], NOT_OF_THIS_MACHINE],
    ['raw', 41, [2, 3, 1], NOT_OF_THIS_MACHINE],
    ['vsock', 41, [40, 1, 0], NOT_OF_THIS_MACHINE],
    ['crypto', 41, [38, 5, 0], NOT_OF_THIS_MACHINE],
    ['xdp', 41, [44, 3, 0], NOT_OF_THIS_MACHINE],
    ['bluetooth', 41, [31, 3, 1], NOT_OF_THIS_MACHINE],
  ],
  priority: [
    ['setpriority', 141, [0, 0, -20], DENIED],
    ['sched_setscheduler', 144, [0, 1, '\x01\0\0\0'], DENIED],
  ],
});

/** The answers, by call; null on another machine. */
export function syscalls(group, bystander) {
  if (process.arch !== 'x64' || process.platform !== 'linux') return null;
  const rows = GROUPS(bystander)[group];
  const table = Buffer.alloc(rows.length * ROW);
  const texts = [];
  let end = BASE + HEAD + CODE_BYTES + table.length;
  const addressOf = (bytes) => {
    texts.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  for (const [at, [, number, args]] of rows.entries()) {
    table.writeBigInt64LE(BigInt(number), at * ROW);
    for (const [index, arg] of args.entries()) {
      const value =
        typeof arg === 'number'
          ? arg
          : addressOf(typeof arg === 'string' ? Buffer.from(`${arg}\0`, 'latin1') : timespec());
      table.writeBigInt64LE(BigInt(value), at * ROW + 8 * (index + 1));
    }
  }
  const file = `/tmp/calls-${group}`;
  fs.writeFileSync(file, program(table, Buffer.concat(texts)), { mode: 0o755 });
  const { stdout, error, signal } = spawnSync(file, [], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (error || signal || stdout.length !== table.length)
    throw new Error(`the calls of ${group} could not be made: ${error?.code ?? signal}`);
  return rows.map(([name, , , allowed], at) => ({
    name,
    allowed,
    result: Number(stdout.readBigInt64LE(at * ROW)),
  }));
}

function timespec() {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt(Math.floor(Date.now() / 1000)), 0);
  return bytes;
}

function program(table, texts) {
  const code = Buffer.alloc(CODE_BYTES, 0x90);
  const load = (opcode, offset) => [...opcode, offset];
  const bytes = [
    ...[0x48, 0x8d, 0x1d, ...le32(CODE_BYTES - 7)], // lea rbx,[rip+…]
    ...[0x49, 0xc7, 0xc4, ...le32(table.length / ROW)], // mov r12,count
    ...[0x48, 0x8b, 0x03], // loop: mov rax,[rbx]
    ...load([0x48, 0x8b, 0x7b], 8), // rdi
    ...load([0x48, 0x8b, 0x73], 16), // rsi
    ...load([0x48, 0x8b, 0x53], 24), // rdx
    ...load([0x4c, 0x8b, 0x53], 32), // r10
    ...load([0x4c, 0x8b, 0x43], 40), // r8
    ...load([0x4c, 0x8b, 0x4b], 48), // r9
    ...[0x0f, 0x05], // syscall
    ...[0x48, 0x89, 0x03], // mov [rbx],rax
    ...[0x48, 0x83, 0xc3, ROW], // add rbx,56
    ...[0x49, 0xff, 0xcc], // dec r12
    ...[0x75, 0xd7], // jnz loop
  ];
  const loop = 14;
  bytes[bytes.length - 1] = (loop - bytes.length + 256) % 256;
  bytes.push(
    ...[0xbf, ...le32(1)], // mov edi,1
    ...[0x48, 0x8d, 0x35, ...le32(CODE_BYTES - (bytes.length + 5 + 7))], // lea rsi,[rip+…]
    ...[0xba, ...le32(table.length)], // mov edx,size
    ...[0xb8, ...le32(1), 0x0f, 0x05], // write
    ...[0x31, 0xff, 0xb8, ...le32(60), 0x0f, 0x05], // exit(0)
  );
  code.set(bytes);
  const head = Buffer.alloc(HEAD);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(0x3e, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(BASE + HEAD), 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(1, 64); // one segment, readable, writable, executable
  head.writeUInt32LE(7, 68);
  head.writeBigUInt64LE(BigInt(BASE), 80);
  head.writeBigUInt64LE(BigInt(BASE), 88);
  const size = BigInt(HEAD + CODE_BYTES + table.length + texts.length);
  head.writeBigUInt64LE(size, 96);
  head.writeBigUInt64LE(size, 104);
  head.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([head, code, table, texts]);
}

const le32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return [...bytes];
};
