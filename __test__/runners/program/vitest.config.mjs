export default { test: { setupFiles: ['heapwatch/vitest'], include: ['*.test.mjs'] } };
