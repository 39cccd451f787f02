const phrases = Array.from({ length: 150 }, (_, i) => ({ key: `phrase-${i}`, text: ['hello', i] }));

export function render(name) {
  return `${phrases[0].text[0]} ${name}`;
}
