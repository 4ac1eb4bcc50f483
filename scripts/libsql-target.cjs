// Which native part of libsql to load for the one line that must be there at once. libsql asks two
// packages, which have Node write its whole diagnostic report and load what starts processes: more
// time than the line takes. Here a musl system, and any platform that is not listed, is an error:
// then the whole program prints the line, and libsql asks as ever.
const { existsSync } = require('node:fs');

const NAMES = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm64': 'linux-arm64-gnu',
  'linux-x64': 'linux-x64-gnu',
  'win32-x64': 'win32-x64-msvc',
};
const MUSL = ['/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1'];

function currentTarget() {
  const target = NAMES[`${process.platform}-${process.arch}`];
  if (target === undefined) throw new Error('a platform that libsql itself has to look at');
  if (process.platform === 'linux' && MUSL.some((loader) => existsSync(loader)))
    throw new Error('musl');
  return target;
}

module.exports = {
  currentTarget,
  familySync: () => null,
  GLIBC: 'glibc',
  MUSL: 'musl',
  load: () => null,
};
