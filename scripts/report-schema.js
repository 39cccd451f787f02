'use strict';

/**
 * Makes the JSON Schema of reports from the types in index.d.ts, so that the two can't differ.
 *
 *     node scripts/report-schema.js      writes leak-report.schema.json
 *
 * Reads what the types of reports consist of: interfaces with `extends`, names for unions, and in them
 * string literals, `string`, `number`, `boolean`, `null`, arrays, inline objects and other types by
 * name. Whatever else it meets is an error.
 */

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const TYPES = path.join(ROOT, 'index.d.ts');
const SCHEMA = path.join(ROOT, 'leak-report.schema.json');
const TOP = 'LeakReport';

/** Comments, strings, words, and single characters. */
const TOKEN = /\/\*\*[\s\S]*?\*\/|\/\/[^\n]*|'[^']*'|[\w$]+|\S/g;

/** @typedef {Record<string, any>} Schema */

/** One declaration's tokens, read from left to right. */
class Tokens {
  /** @param {string} text */
  constructor(text) {
    this.tokens = (text.match(TOKEN) ?? []).filter((token) => !token.startsWith('//'));
    this.at = 0;
    /** @type {Set<string>} */
    this.names = new Set();
  }

  peek() {
    return this.tokens[this.at];
  }

  /** @param {string} [expected] */
  next(expected) {
    const token = this.tokens[this.at++];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`expected ${expected ?? 'more'}, found ${token} after ${this.tokens.slice(this.at - 6, this.at)}`);
    }
    return token;
  }

  /** @param {string} token */
  skip(token) {
    const isThere = this.peek() === token;
    if (isThere) this.at++;
    return isThere;
  }

  /** @returns {Schema} */
  type() {
    this.skip('|');
    const parts = [this.arrayType()];
    while (this.skip('|')) parts.push(this.arrayType());
    const literals = parts.filter((part) => 'const' in part).map((part) => part.const);
    const others = parts.filter((part) => !('const' in part));
    if (others.length === 0 && literals.length > 1) return { enum: literals };
    if (literals.length > 0) others.unshift(literals.length === 1 ? { const: literals[0] } : { enum: literals });
    return others.length === 1 ? others[0] : { anyOf: others };
  }

  arrayType() {
    let type = this.simpleType();
    while (this.peek() === '[') {
      this.next('[');
      this.next(']');
      type = { type: 'array', items: type };
    }
    return type;
  }

  /** @returns {Schema} */
  simpleType() {
    if (this.peek() === '{') return this.object();
    const token = this.next();
    if (token.startsWith("'")) return { const: token.slice(1, -1) };
    if (/^\d+$/.test(token)) return { const: Number(token) };
    if (['string', 'number', 'boolean', 'null'].includes(token)) return { type: token };
    if (!/^[A-Z]\w*$/.test(token)) throw new Error(`no type of a report: ${token}`);
    this.names.add(token);
    return { $ref: `#/$defs/${token}` };
  }

  /** @returns {Schema} */
  object() {
    /** @type {Record<string, Schema>} */
    const properties = {};
    const required = [];
    let description;
    this.next('{');
    while (!this.skip('}')) {
      const token = this.next();
      if (token.startsWith('/**')) {
        description = plainText(token);
        continue;
      }
      if (!this.skip('?')) required.push(token);
      this.next(':');
      properties[token] = { ...(description ? { description } : {}), ...this.type() };
      description = undefined;
      this.skip(';');
    }
    return { type: 'object', properties, required };
  }
}

/** @param {string} comment */
function plainText(comment) {
  return comment
    .slice(3, -2)
    .replace(/^\s*\* ?/gm, '')
    .replace(/\{@link ([^}]+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** @returns {Schema} the schema of reports, by the types of index.d.ts */
function reportSchema() {
  const source = fs.readFileSync(TYPES, 'utf8');
  /** @type {Record<string, Schema>} */
  const definitions = {};
  const waiting = [TOP];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name in definitions) continue;
    const { schema, names } = declaration(source, name);
    definitions[name] = schema;
    waiting.push(...names);
  }
  const { [TOP]: report, ...others } = definitions;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Leak report of heapwatch',
    ...report,
    $defs: Object.fromEntries(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/**
 * @param {string} source
 * @param {string} name
 * @returns {{ schema: Schema, names: Iterable<string> }}
 */
function declaration(source, name) {
  const found = new RegExp(`^export (?:interface ${name}(?: extends (\\w+))? (?=\\{)|type ${name} =)`, 'm').exec(source);
  if (!found) throw new Error(`index.d.ts has no type ${name}`);
  const tokens = new Tokens(source.slice(found.index + found[0].length));
  const schema = tokens.type();
  const [, base] = found;
  if (base === undefined) return { schema, names: tokens.names };
  const inherited = declaration(source, base);
  return {
    schema: {
      ...schema,
      properties: { ...inherited.schema.properties, ...schema.properties },
      required: [...inherited.schema.required, ...schema.required],
    },
    names: [...inherited.names, ...tokens.names],
  };
}

if (require.main === module) {
  fs.writeFileSync(SCHEMA, `${JSON.stringify(reportSchema(), null, 2)}\n`);
}

module.exports = { reportSchema };
