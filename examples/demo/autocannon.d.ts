/** The part of autocannon that the demo uses; the package has no types of its own. */
declare module 'autocannon' {
  import { EventEmitter } from 'node:events';

  namespace autocannon {
    interface Request {
      method: 'GET' | 'POST';
      path: string;
      headers?: Record<string, string>;
      body?: string;
      /** Makes the request that is sent. */
      setupRequest?: (request: Request) => Request;
    }

    interface Options {
      url: string;
      connections: number;
      /** Requests per second over all connections. */
      overallRate: number;
      ignoreCoordinatedOmission: boolean;
      /** In seconds. */
      duration: number;
      requests: Request[];
    }

    interface Instance extends EventEmitter {
      stop(): void;
    }
  }

  /** Runs until `duration` or `stop()`, then calls back. */
  function autocannon(
    options: autocannon.Options,
    done: (error: Error | null) => void,
  ): autocannon.Instance;

  export = autocannon;
}
