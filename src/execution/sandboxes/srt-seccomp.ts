/**
 * The system calls that a run in the srt tier may not make: a classic BPF program for
 * `bwrap --seccomp`. Numbers from the kernel's syscall tables for x86-64 and the generic table that
 * arm64 uses; the form of the program from seccomp(2).
 */

/** Offsets in struct seccomp_data; of a 64-bit argument the low half (both machines are little-endian). */
const NR = 0;
const ARCH = 4;
const arg = (index: number): number => 16 + 8 * index;

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const IF_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const IF_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

const ALLOW = 0x7fff0000;
const EPERM = 0x00050000 | 1;
const ENOSYS = 0x00050000 | 38;
const EAFNOSUPPORT = 0x00050000 | 97;

const CLONE_NEWUSER = 0x10000000;
/** Both put bytes into the input of a terminal. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/**
 * AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. No namespace closes off AF_VSOCK, which leads to whatever
 * runs this machine; the others are attack surface of the kernel that no build needs.
 */
const FAMILIES = [1, 2, 10, 16];
/** From here on x86-64 has the x32 calls, under which every number could be called a second time. */
const X32 = 0x40000000;

interface Machine {
  audit: number;
  clone: number;
  unshare: number;
  ioctl: number;
  socket: number;
  denied: readonly number[];
}

/** The same on every machine: io_uring, the newer mount calls. */
const COMMON = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442];
const CLONE3 = 435;

/**
 * Mounting and entering namespaces (a user namespace would give rights over the mounts), the
 * kernel's keyrings (the operator's are not closed off by any namespace), rich attack surface that
 * no build needs (bpf, perf, userfaultfd, io_uring), and choosing processors, which is the limit.
 */
const MACHINES: Record<string, Machine> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    unshare: 272,
    ioctl: 16,
    socket: 41,
    // mount umount2 pivot_root setns keyctl add_key request_key bpf perf_event_open userfaultfd
    // sched_setaffinity open_by_handle_at
    denied: [165, 166, 155, 308, 250, 248, 249, 321, 298, 323, 203, 304, ...COMMON],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    unshare: 97,
    ioctl: 29,
    socket: 198,
    denied: [40, 39, 41, 268, 219, 217, 218, 280, 241, 282, 122, 265, ...COMMON],
  },
};

type Step = [code: number, k: number, yes?: number, no?: number];

/** Number in `when`: skip `more` steps to the next question, else fall into them. */
const question = (nr: number, steps: readonly Step[]): Step[] => [
  [LOAD, NR],
  [IF_EQUAL, nr, 0, steps.length],
  ...steps,
];

/**
 * The program as bytes, or null on a machine whose numbers are not known here.
 * @param arch as `process.arch` says it
 */
export function seccompFilter(arch: string): Buffer | null {
  const machine = MACHINES[arch];
  if (machine === undefined) return null;
  const steps: Step[] = [
    [LOAD, ARCH],
    // The calls of another machine (32-bit) have other numbers.
    [IF_EQUAL, machine.audit, 1, 0],
    [RETURN, ENOSYS],
    [LOAD, NR],
    ...(arch === 'x64'
      ? ([
          [IF_AT_LEAST, X32, 0, 1],
          [RETURN, ENOSYS],
        ] satisfies Step[])
      : []),
    // Its flags lie in memory, which a filter cannot read; C libraries fall back to clone.
    [IF_EQUAL, CLONE3, 0, 1],
    [RETURN, ENOSYS],
    ...machine.denied.flatMap((nr): Step[] => [
      [IF_EQUAL, nr, 0, 1],
      [RETURN, EPERM],
    ]),
    ...[machine.clone, machine.unshare].flatMap((nr) =>
      question(nr, [
        [LOAD, arg(0)],
        [IF_ANY_BIT, CLONE_NEWUSER, 0, 1],
        [RETURN, EPERM],
      ]),
    ),
    ...question(machine.ioctl, [
      [LOAD, arg(1)],
      [IF_EQUAL, TIOCSTI, 1, 0],
      [IF_EQUAL, TIOCLINUX, 0, 1],
      [RETURN, EPERM],
    ]),
    ...question(machine.socket, [
      [LOAD, arg(0)],
      ...FAMILIES.map((family, at): Step => [IF_EQUAL, family, FAMILIES.length - at, 0]),
      [RETURN, EAFNOSUPPORT],
    ]),
    [RETURN, ALLOW],
  ];
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [index, [code, k, yes = 0, no = 0]] of steps.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
