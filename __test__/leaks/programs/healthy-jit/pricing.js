'use strict';

/** Formulas that get hot one after the other, with arguments of more and more kinds. */
const formulas = Array.from({ length: 40 }, (_, n) =>
  eval(`(function formula${n}(a, b) {
    let sum = ${n};
    for (let i = 0; i < 20; i++) sum += (a.value * b) / (i + ${n + 1}) + (a.extra ?? 0);
    return sum;
  })`),
);

const kinds = [
  (i) => ({ value: i }),
  (i) => ({ value: i + 0.5, extra: 1 }),
  (i) => ({ extra: 2, value: i }),
  (i) => ({ name: 'x', value: i }),
  (i) => ({ value: BigInt(i) === 0n ? 1 : i, unit: 'kg', extra: i }),
];

function price(i) {
  const kind = kinds[Math.floor(i / 8000) % kinds.length];
  return formulas[i % formulas.length](kind(i), 3);
}

module.exports = { price };
