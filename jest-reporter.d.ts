/** A reporter of Jest that names the test files whose environment is still held after them, and what holds it. */

declare namespace HeldFilesReporter {
  interface Options {
    /** Whether the run fails if a file leaks. Default: no. */
    fail?: boolean;
  }
}

declare class HeldFilesReporter {
  constructor(globalConfig: { rootDir: string }, options?: HeldFilesReporter.Options);
  onRunStart(): void;
  onRunComplete(contexts: unknown, results: { numTotalTestSuites: number }): Promise<void>;
  getLastError(): Error | undefined;
}

export = HeldFilesReporter;
