import * as heapwatch from '../../index.js';
import { capture, watch } from '../../index.js';

const { default: main, ...named } = heapwatch;
// Node 23 and later give CommonJS modules one more name.
const names = Object.keys(named).filter((name) => name !== 'module.exports');
const hasDefault = main.capture === capture && main.watch === watch;
process.stdout.write(`${JSON.stringify({ names, hasDefault })}\n`);
