/** An environment of Jest that watches what its test file leaves behind, for `heapwatch/jest-reporter`. */

/** A class of Jest's environments, as `jest-environment-node` exports one. */
export type EnvironmentClass = new (config: any, context: any) => any;

/** The environment that is given, watched. */
export function watched<Environment extends EnvironmentClass>(environment: Environment): Environment;

/** Jest's environment for Node, watched. */
declare const TestEnvironment: EnvironmentClass;
export { TestEnvironment };
export default TestEnvironment;
