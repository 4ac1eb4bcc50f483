/** How a run in the srt tier finds the way out: the same programs as in the image do it. */
import { fileURLToPath } from 'node:url';

/** Read by the entrypoint: where the proxy's socket is, and on which port of its own it answers. */
export const SOCKET_VARIABLE = 'AEDEV_EGRESS_SOCKET';
export const PORT_VARIABLE = 'AEDEV_EGRESS_PORT';

/** Files of the image's way out, beside this package's code; the first is the program. */
export const ENTRYPOINT_FILES = ['entrypoint.mjs', 'forwarder.mjs'].map((name) =>
  fileURLToPath(new URL(`../../../docker/${name}`, import.meta.url)),
);
