// Ends a test run with one plain line, `tests: N passed, N failed, N skipped`, for people and for scripts that read logs; above it, in
// capitals, why tests were skipped that say so.
import type { Reporter, TestModule } from 'vitest/node';

export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    // What nobody caught ends the run as a failure, whichever test it came from.
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      // A file or a `describe` whose set-up failed: its tests are skipped, and nobody should take that for well.
      for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state !== 'pending') count[result.state]++;
        if (result.state === 'skipped' && result.note) reasons.set(result.note, (reasons.get(result.note) ?? 0) + 1);
      }
    }
    process.stdout.write('\n');
    for (const [reason, tests] of reasons) process.stdout.write(`SKIPPED ${tests} TESTS: ${reason.toUpperCase()}\n`);
    process.stdout.write(`tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
