'use strict';

/**
 * Makes a clean clone ready to run: checks the tools, installs the packages, builds the
 * addon. Each step is skipped if its result is already up to date, so this costs a fraction
 * of a second the second time. Needs nothing but Node itself.
 *
 * `npm run demo` and `npm test` start with it.
 */

// Before anything else is loaded: the other files use syntax that an old Node cannot parse.
const toolchain = require('./toolchain.js');
const { stopWith } = require('./progress.js');

const problem = toolchain.nodeProblem(process.versions.node) || toolchain.rustProblem();
if (problem !== null) {
  stopWith(problem);
}

const { installPackages } = require('./install-packages.js');
const { buildAddon } = require('./build.js');

installPackages();
buildAddon({ force: false });
