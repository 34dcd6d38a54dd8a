export default { test: { include: ["test/**/*.test.ts"], restoreMocks: true, unstubGlobals: true } };
