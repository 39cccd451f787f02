'use strict';

/** The compiler of TypeScript, after it has checked this project's JavaScript. */

const fs = require('node:fs');
const path = require('node:path');

const { installed } = require('./installed.js');

const LIB = path.join(__dirname, '..', '..', 'lib');

function plant() {
  const typescript = installed('typescript');
  const files = fs.readdirSync(LIB).filter((file) => file.endsWith('.js'));
  const program = typescript.createProgram(
    files.map((file) => path.join(LIB, file)),
    { allowJs: true, checkJs: true, noEmit: true, strict: true },
  );
  return { program, diagnostics: program.getSemanticDiagnostics() };
}

module.exports = { plant };
