/** The part of autocannon that the demo uses; the package has no types of its own. */
declare module 'autocannon' {
  import { EventEmitter } from 'node:events';

  interface Request {
    method: 'GET' | 'POST';
    path: string;
    headers?: Record<string, string>;
    body?: string;
    setupRequest?: (request: Request) => Request;
  }

  interface Options {
    url: string;
    connections: number;
    overallRate: number;
    ignoreCoordinatedOmission: boolean;
    /** In seconds. */
    duration: number;
    requests: Request[];
  }

  interface Instance extends EventEmitter {
    stop(): void;
  }

  /** Runs until `duration` or `stop()`, then calls back. */
  function autocannon(options: Options, done: (error: Error | null) => void): Instance;

  export = autocannon;
}
