import type { Reporter, SerializedError, TestModule, TestRunEndReason, Vitest } from 'vitest/node';

/**
 * Ends every run with one plain line that scripts can read. On CI a skipped test is a failure, because
 * `.ci/run` installs what tests need: there, a skip means that something is not tested. A name filter
 * (`-t`) skips on purpose and is left alone.
 */
export default class CountReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    unhandled: ReadonlyArray<SerializedError>,
    reason: TestRunEndReason,
  ): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      // A module that cannot be loaded has no tests to count, yet nothing in it ran.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') count.passed += 1;
        else if (result.state === 'failed') count.failed += 1;
        else {
          count.skipped += 1;
          const note = result.state === 'skipped' ? result.note : undefined;
          skipped.push(`${module.relativeModuleId} > ${test.fullName}${note ? ` (${note})` : ''}`);
        }
      }
    }
    const filtered = this.#vitest?.config.testNamePattern !== undefined;
    if (skipped.length > 0 && !filtered) {
      const onCi = process.env['CI'] === 'true';
      if (onCi) process.exitCode = 1;
      const heading = onCi ? 'skipped, which is a failure on CI:' : 'skipped:';
      process.stdout.write(`${heading}\n${skipped.map((name) => `  ${name}\n`).join('')}`);
    }
    if (reason === 'interrupted') process.stdout.write('interrupted before the end\n');
    process.stdout.write(
      `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}
