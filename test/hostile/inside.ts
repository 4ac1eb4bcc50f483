/** Attacks from inside a sandbox; each is a probe of that name in `probes/`. */
import { type Attack, ISOLATED, type Theme, WALLS } from './attack.ts';

const REFUSED = /It was refused the way to /;

const of = (theme: Theme, told: RegExp, tries: Record<string, string>): Attack[] =>
  Object.entries(tries).map(([name, sentence]) => ({
    name,
    theme,
    tries: sentence,
    told,
    tiers: ISOLATED,
  }));

export const INSIDE: readonly Attack[] = [
  ...of('theft', WALLS, {
    'read-keys-and-homes':
      "Reads keys, credentials, aedev's tokens and database, and another run's work.",
    'list-other-folders': "Lists the operator's, aedev's and other runs' folders.",
    'write-other-folders': 'Writes into them, and into the mirror.',
    'search-every-file': 'Searches every file that it can see for a secret.',
    'own-environment': 'Looks for credentials in its environment.',
    'environment-of-others': 'Reads environment and memory maps of every process.',
    'through-root-and-cwd-links': "Reads the host's files through links of /proc.",
    'through-open-files': 'Looks for open files of the host.',
    'inherited-descriptors': 'Uses descriptors that aedev or its starter had open.',
    'links-to-secrets': 'Reads secrets through links of its own.',
    'hard-link-the-repo-objects': "Gives the repo's objects a second name that it may write.",
    'change-the-repo-objects': "Writes into the repo's objects.",
  }),
  ...of('escape', WALLS, {
    'ports-of-the-host': 'Connects to services on every address of the host.',
    'sockets-of-the-host': 'Connects to unix sockets of the host, by path and by abstract name.',
    'engine-sockets': 'Connects to the container engine and to system services.',
    'agents-and-buses': 'Looks for agents, buses and displays.',
    'metadata-service': "Asks the cloud's metadata service.",
    'name-service': 'Sends data out in questions to name servers.',
    'interfaces-and-routes': 'Looks for a network.',
    'processes-of-the-host': 'Looks at processes of the host.',
    'same-namespaces': 'Compares its namespaces with those of the host.',
    'rights-and-root': 'Looks for capabilities, and for a way round the filter.',
    'set-uid-programs': 'Starts set-uid programs, and makes one.',
    'write-the-system': 'Writes system files, kernel settings and control groups.',
    'raw-devices': 'Opens memory, disks and virtual machines.',
    'block-devices': 'Looks for disks.',
    'terminal-of-the-operator': "Opens the operator's terminal.",
    'take-the-way-out-away': "Removes or replaces the proxy's socket.",
    mounting: 'Mounts, remounts, makes devices and changes its root.',
    namespaces: 'Makes and enters namespaces.',
    keyrings: "Uses the kernel's keyrings.",
    'kernel-interfaces': 'Uses bpf, perf, io_uring and other rich interfaces of the kernel.',
    'kernel-modules': 'Loads modules and kernels, and reaches the hardware.',
    'clock-of-the-host': 'Sets the clock.',
    'become-root': 'Becomes root by system calls.',
    'processes-of-others': 'Signals and traces processes of the host.',
    'input-of-a-terminal': "Types into the operator's terminal.",
    'odd-sockets': 'Opens raw sockets, and such as lead past the network namespace.',
  }),
  ...of('resources', WALLS, {
    'priority-over-others': 'Takes precedence over everything else.',
    'open-files': 'Opens files without end.',
    'sparse-giant': 'Makes a file of 300 GB.',
    'fill-shared-memory': 'Fills the shared memory.',
    'core-dumps': 'Writes its memory to the disk.',
  }),
  ...of('proxy', REFUSED, {
    'proxy-addresses': 'Asks for addresses instead of names.',
    'proxy-odd-addresses':
      'Writes addresses in hexadecimal, octal, as one number, or in other digits.',
    'proxy-v6-addresses': 'Hides addresses in IPv6.',
    'proxy-names-of-the-host': 'Asks for the host by its names.',
    'proxy-user-info': 'Puts the allowed name before an @.',
    'proxy-line-breaks': 'Breaks the line inside the name.',
    'proxy-null-bytes': 'Ends the name with a NUL before the allowed one.',
    'proxy-dots': 'Adds dots to names.',
    'proxy-mixed-scripts': 'Writes the allowed name in look-alike letters.',
    'proxy-look-alikes': 'Asks for names that begin or end like the allowed one.',
    'proxy-other-ports': 'Asks for other ports of the allowed name.',
    'proxy-absolute-form': 'Has the proxy fetch an address.',
    'proxy-origin-form': 'Speaks to the proxy as to an API.',
    'proxy-pipelining': 'Sends more requests behind a refused one.',
    'proxy-second-try': 'Goes on after a refusal.',
    'proxy-other-host-header': 'Names an allowed host in a header only.',
    'proxy-forwarding-headers': 'Names it in forwarding headers and credentials.',
    'proxy-smuggling': 'Hides a request in the body of another.',
    'proxy-folded-headers': 'Folds and doubles headers.',
    'proxy-upgrade': 'Upgrades to another protocol.',
    'proxy-other-protocols': 'Speaks SOCKS, TLS, HTTP/2 and TRACE.',
    'proxy-huge-head': 'Sends a head without end.',
    'proxy-flood': 'Opens hundreds of connections.',
  }),
];

/** Succeed where nothing holds them, without harm: so the suite cannot pass for nothing. */
export const BITES = [
  'read-keys-and-homes',
  'list-other-folders',
  'environment-of-others',
  'processes-of-the-host',
  'links-to-secrets',
  'ports-of-the-host',
  'sockets-of-the-host',
  'same-namespaces',
  'sparse-giant',
];
