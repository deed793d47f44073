import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 20_000,
    coverage: { provider: "istanbul", include: ["src/**/*.ts"], reporter: ["json-summary", "json"] },
  },
});
