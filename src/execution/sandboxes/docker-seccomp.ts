/**
 * The system calls that a run in a container may make, as a profile for `--security-opt seccomp=FILE`.
 * Engines bring one of their own, and what it lets through depends on their age: io_uring before Docker
 * 25, AF_VSOCK before 23, AF_ALG (CVE-2026-31431: root of the container, and other containers of
 * the same image, by a write into the page cache) before 29. With this one the engine does not matter.
 *
 * It is a list of what is allowed, and fits the only way in which runs are started: without any
 * capability. The calls of other machines (32-bit on 64-bit ones) are not in it: there `socketcall` would
 * open every family of sockets behind the filter's back. Names from the kernel's tables for x86-64 and
 * arm64; an engine leaves out those that its machine or its libseccomp does not know. The form is
 * that of Docker's documentation of seccomp profiles.
 */

const names = (text: string): string[] => text.trim().split(/\s+/);

const ALLOWED: Readonly<Record<string, string[]>> = {
  files: names(`open openat openat2 creat close close_range read write readv writev pread64 pwrite64
    preadv pwritev preadv2 pwritev2 lseek truncate ftruncate fallocate fadvise64 readahead cachestat
    fsync fdatasync sync syncfs sync_file_range copy_file_range sendfile splice tee vmsplice flock
    fcntl ioctl dup dup2 dup3 pipe pipe2 umask`),
  folders: names(`access faccessat faccessat2 stat fstat lstat newfstatat statx statfs fstatfs
    statmount listmount mkdir mkdirat rmdir link linkat symlink symlinkat readlink readlinkat rename
    renameat renameat2 unlink unlinkat mknod mknodat getdents getdents64 getcwd chdir fchdir
    name_to_handle_at`),
  attributes: names(`chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes
    utimensat futimesat getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr
    setxattrat listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr
    removexattrat`),
  waiting: names(`poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
    epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime
    timerfd_gettime inotify_init inotify_init1 inotify_add_watch inotify_rm_watch io_setup io_submit
    io_getevents io_pgetevents io_cancel io_destroy futex futex_waitv futex_wait futex_wake
    futex_requeue`),
  memory: names(`brk mmap munmap mremap mprotect madvise mincore mlock mlock2 mlockall munlock
    munlockall msync mseal remap_file_pages memfd_create memfd_secret membarrier pkey_alloc pkey_free
    pkey_mprotect map_shadow_stack process_mrelease`),
  processes: names(`execve execveat exit exit_group fork vfork wait4 waitid kill tkill tgkill getpid
    getppid gettid getpgid setpgid getpgrp getsid setsid pidfd_open pidfd_send_signal prctl
    arch_prctl modify_ldt set_tid_address set_robust_list get_robust_list rseq restart_syscall getcpu
    sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler
    sched_setscheduler sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min
    sched_rr_get_interval getpriority setpriority ioprio_get ioprio_set getrlimit setrlimit prlimit64
    getrusage times seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
    uretprobe`),
  signals: names(`rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait
    rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn sigaltstack pause alarm getitimer setitimer
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete`),
  rights: names(`getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid
    setregid setresuid setresgid setfsuid setfsgid setgroups capget capset`),
  time: names(`time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep adjtimex
    clock_adjtime`),
  sockets: names(`socketpair bind listen accept accept4 connect shutdown getsockname getpeername
    getsockopt setsockopt sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg`),
  messages: names(`shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv
    msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr`),
  system: names('uname sysinfo getrandom'),
};

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, as in the srt tier. */
const FAMILIES = [1, 2, 10, 16];
/** Linux as it is, 32 and 64 bit, with and without UNAME26; and the question which it is. */
const PERSONALITIES = [0, 8, 0x20000, 0x20008, 0xffffffff];
/** CLONE_NEW*: mounts, control groups, host name, IPC, users, processes, network. */
const NAMESPACES = 0x7e020000;
const ENOSYS = 38;

const ALLOW = 'SCMP_ACT_ALLOW';
const ERRNO = 'SCMP_ACT_ERRNO';

const firstIs = (name: string, value: number) => ({
  names: [name],
  action: ALLOW,
  args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
});

/** The profile as text. The same for every run. */
export const SECCOMP_PROFILE = JSON.stringify({
  defaultAction: ERRNO,
  defaultErrnoRet: 1,
  syscalls: [
    { names: Object.values(ALLOWED).flat(), action: ALLOW },
    // Before Linux 4.8 a tracer could change a call after the filter had seen it.
    {
      names: ['ptrace', 'process_vm_readv', 'process_vm_writev'],
      action: ALLOW,
      includes: { minKernel: '4.8' },
    },
    ...FAMILIES.map((family) => firstIs('socket', family)),
    ...PERSONALITIES.map((value) => firstIs('personality', value)),
    {
      names: ['clone'],
      action: ALLOW,
      args: [{ index: 0, value: NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    // Its flags lie in memory, which a filter cannot read; C libraries fall back to clone on this answer.
    { names: ['clone3'], action: ERRNO, errnoRet: ENOSYS },
  ],
});

/** Machines whose calls the list was made from, as engines name them. */
const MACHINES = ['amd64', 'arm64'];

/**
 * May this engine be given the profile? Podman cannot read it through Docker's API (seen with 4.3: it takes
 * the text for a file name), and on other machines calls would be missing.
 * @param components names of the engine's parts as `docker version` lists them
 */
export const takesProfile = (arch: string, components: readonly string[]): boolean =>
  MACHINES.includes(arch) && components.includes('Engine') && !components.includes('Podman Engine');
