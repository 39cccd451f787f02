// @ts-nocheck Half of the values here are what types are there to prevent.
'use strict';

/** What the language has: classes and their parts, scopes, functions that are suspended. */

const STATE = Symbol('state');
const VERSION = Symbol.for('version');

function classes() {
  const computed = ['first', 'second'];
  class Base {
    static #made = 0;
    static registry = new Map();
    static {
      const inBlock = { in: 'static block' };
      this.fromBlock = () => inBlock;
    }
    #private = { is: 'private' };
    #unset;
    static count() {
      return (Base.#made += 1);
    }
    #method() {
      return this.#private;
    }
    get #accessor() {
      return this.#unset;
    }
    set #accessor(value) {
      this.#unset = value;
    }
    constructor(name) {
      this.name = name;
      this[STATE] = { name };
      this.#accessor = this.#method();
      Base.registry.set(name, this);
      Base.count();
    }
    get upper() {
      return this.name.toUpperCase();
    }
    set upper(value) {
      this.name = value;
    }
    [computed[0]]() {}
    static [computed[1]]() {}
    [Symbol.toPrimitive]() {
      return 1;
    }
  }
  const Anonymous = class extends Base {
    own = { by: 'anonymous' };
  };
  const named = { [`Class${computed.length}`]: class extends Anonymous {} };
  class Deep extends named.Class2 {
    constructor(name) {
      super(name);
      Object.defineProperty(this, 'hidden', { value: { not: 'enumerable' } });
    }
  }
  class List extends Array {}
  class Table extends Map {
    extra = {};
  }
  class Failure extends Error {
    code = 'E';
  }
  class Eventual extends Promise {}
  class Renamed {
    static get name() {
      return 'not a string method';
    }
  }
  function Old(value) {
    this.value = value;
    this.self = this;
  }
  Old.prototype.method = function () {
    return this.value;
  };
  function Older() {}
  Older.prototype = Object.create(Old.prototype, { constructor: { value: Older } });
  return {
    deep: [new Deep('a'), new Deep('b')],
    base: new Base('c'),
    anonymous: new Anonymous('d'),
    list: List.from([{}, {}, {}]),
    table: new Table([['key', new Table()]]),
    failure: new Failure('failed'),
    eventual: Eventual.resolve({ resolved: true }),
    renamed: new Renamed(),
    old: [new Old({}), new Older(), Reflect.construct(Old, [{}], Older)],
    classes: { Base, Anonymous, Deep, List, Table, Failure, Eventual, Renamed, Old, Older },
  };
}

function properties() {
  const manyInObject = {};
  for (let i = 0; i < 60; i += 1) manyInObject[`property${i}`] = { i };
  const deleted = { a: {}, b: {}, c: {}, d: {} };
  delete deleted.a;
  const reconfigured = { x: {} };
  Object.defineProperty(reconfigured, 'x', { get: () => ({}), configurable: true });
  const sparse = [];
  sparse[4_000_000] = { far: true };
  sparse[1] = {};
  const holey = new Array(20);
  holey[3] = {};
  const array = [{ a: 1 }, { a: 2 }];
  array.named = { on: 'array' };
  const accessors = [];
  Object.defineProperty(accessors, 2, { get: () => array, enumerable: true });
  const changes = [1, 2, 3];
  changes[1] = 1.5;
  changes[2] = {};
  const same = (extra) => ({ small: 1, double: 1.5, text: 'text', object: {}, ...extra });
  const generalised = [same(), { small: 2.5, double: 'now text', text: {}, object: 1 }];
  const symbols = { [STATE]: {}, [VERSION]: {}, [Symbol.iterator]: function* () {}, [Symbol()]: {} };
  return {
    manyInObject,
    deleted,
    reconfigured,
    sparse,
    holey,
    array,
    accessors,
    changes,
    generalised,
    symbols,
    nullPrototype: Object.assign(Object.create(null), { a: {}, b: 1.25 }),
    frozen: Object.freeze({ a: {}, b: [1] }),
    sealed: Object.seal([{}, 1.5, 'x']),
    fixed: Object.preventExtensions({ a: {} }),
    integers: { 0: {}, 5: {}, 1000: {}, name: {} },
    boxed: [Object(1), Object('text'), Object(true), Object(1n), Object(Symbol('in box'))],
  };
}

function scopes() {
  const outer = { in: 'outer' };
  let changing = { in: 'let' };
  function middle(parameter, withDefault = { is: 'default' }) {
    const inner = { in: 'inner' };
    const unused = { never: 'captured' };
    if (unused) {
      let block = { in: 'block' };
      return [
        () => outer,
        () => (changing = { parameter }),
        () => changing,
        () => [inner, withDefault],
        () => (block = { block }),
      ];
    }
    return unused;
  }
  const loop = [];
  for (let i = 0; i < 3; i += 1) loop.push(() => i);
  for (const key of ['a', 'b']) loop.push(() => key);
  let caught;
  try {
    throw new TypeError('caught');
  } catch (error) {
    caught = () => error;
  }
  const sloppy = new Function(
    'first',
    'second',
    `with (first) {
       var inWith = () => reachable;
     }
     var evaluated = eval("var fromEval = { from: 'eval' }; (() => [fromEval, second])");
     function mapped(a, b) { a = { changed: b }; return [arguments, () => a]; }
     return [inWith, evaluated, mapped({}, 2, 3, 'more'), arguments];`,
  );
  const unmapped = (function () {
    return arguments;
  })({}, 'x');
  (0, eval)('var globalByEval = { from: "indirect eval" }; let lexicalByEval = { lexical: true };');
  return {
    closures: middle({ is: 'argument' }),
    loop,
    caught,
    sloppy: sloppy({ reachable: {} }, { second: true }),
    unmapped,
    nested: ((a) => (b) => (c) => [a, b, c, () => c])({})({})({}),
    bound: [middle.bind({ bound: 'this' }, {}), middle.bind(null).bind(null, 1)],
    self: (function named() {
      return { named };
    })(),
    tagged: ((strings) => strings)`template ${1} with ${2} parts`,
    native: [Math.max, Array.prototype.map, Object],
    async: async () => outer,
    generator: function* () {},
  };
}

function suspended() {
  function* generator(input) {
    const local = { in: 'generator', input };
    let received = yield local;
    while (received) received = yield* inner(received);
  }
  function* inner(value) {
    const own = [{ value }];
    yield own;
    return own;
  }
  async function waiting(promise) {
    const local = { in: 'async' };
    try {
      const result = await promise;
      return [local, result];
    } finally {
      local.finished = true;
    }
  }
  async function* streaming() {
    const buffer = [{ streamed: 1 }];
    yield buffer;
    yield 2;
  }
  const never = new Promise(() => {});
  const running = [generator({ a: 1 }), generator({ b: 2 })];
  running[0].next();
  running[1].next();
  running[1].next({ received: true });
  const finished = generator({});
  finished.return({});
  const stream = streaming();
  const first = stream.next();
  const rejected = Promise.reject(new Error('rejected'));
  rejected.catch(() => {});
  return {
    running,
    finished,
    fresh: generator({ never: 'started' }),
    waiting: waiting(never),
    nested: waiting(waiting(never)),
    stream,
    first,
    rejected,
    chain: never.then(() => ({ a: 1 })).catch(() => {}).finally(() => {}),
    combined: [Promise.all([never, 1]), Promise.race([never]), Promise.any([never])],
    settled: Promise.allSettled([rejected, never]),
    thenable: Promise.resolve({ then() {} }),
    resolvers: (() => {
      let resolve;
      return { promise: new Promise((r) => (resolve = r)), resolve };
    })(),
  };
}

function proxiesAndErrors() {
  const proxied = { a: {} };
  const revoked = Proxy.revocable({ gone: true }, {});
  revoked.revoke();
  const thrown = [];
  for (const bad of [() => null.x, () => (0, eval)('unknown'), () => new Array(-1), () => decodeURI('%')]) {
    try {
      bad();
    } catch (error) {
      thrown.push(error);
    }
  }
  for (const error of thrown.slice(0, 2)) void error.stack;
  const lastIndex = /a(?<group>b)/dgy;
  lastIndex.exec('ab');
  const odd = /x/;
  odd.lastIndex = { is: 'object' };
  return {
    proxy: new Proxy(proxied, { get: () => proxied }),
    callable: new Proxy(function () {}, { apply: () => 1 }),
    proxyOfProxy: new Proxy(new Proxy([], {}), {}),
    revoked: revoked.proxy,
    thrown,
    causes: new AggregateError([new Error('a', { cause: { by: 'object' } })], 'aggregate'),
    regexps: [lastIndex, odd, /unused/u, lastIndex.exec('abab'), 'a-b'.matchAll(/./g)],
  };
}

function plant() {
  return {
    classes: classes(),
    properties: properties(),
    scopes: scopes(),
    suspended: suspended(),
    proxiesAndErrors: proxiesAndErrors(),
  };
}

module.exports = { plant };
