// Ends a run with the one line that continuous integration reads: "Tests: N passed, N failed".
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.numRuntimeErrorTestSuites;
    process.stderr.write(`Tests: ${results.numPassedTests} passed, ${results.numFailedTests + broken} failed\n`);
  }
}
