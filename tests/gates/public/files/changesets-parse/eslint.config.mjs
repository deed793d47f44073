import parser from "@typescript-eslint/parser";

export default [
  {
    files: ["src/**/*.ts"],
    languageOptions: { parser },
    rules: { eqeqeq: "error", "no-debugger": "error", "no-var": "error" },
  },
];
